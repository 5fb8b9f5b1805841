// The last steps of a response on our side: it is settled (what depends on the request is decided), and turned into what
// Hummingbird sends. A streamed body is written later, outside the handler, so it takes its request along.

import HTTPTypes
import Hummingbird
import Logging

extension Response {
    /// The response once everything about it is decided. Header fields and work that were added to the undecided
    /// response stay.
    func settled(for request: Request) async throws -> Response {
        var response = self
        while let resolve = response.resolve {
            var decided = try await resolve(request)
            decided.afterResponse = response.afterResponse + decided.afterResponse
            let given = Set(decided.headers.map(\.name))
            for field in response.headers where field.name == .setCookie || !given.contains(field.name) {
                decided.headers.append(field)
            }
            response = decided
        }
        if response.boundRequest == nil { response.boundRequest = request }
        return response
    }

    /// The response as Hummingbird sends it.
    ///
    /// - Parameter isHead: Whether only the head is wanted.
    func hummingbird(for request: Request, isHead: Bool) -> Hummingbird.Response {
        var headers = headers
        headers.append(HTTPField(name: .xRequestID, value: request.id))
        let length = body.length
        if status.mayNotHaveBody {
            headers[.contentLength] = nil
            var response = Hummingbird.Response(status: status, headers: headers)
            response.headers[.contentLength] = nil
            return response
        }
        guard !isHead else {
            if let length, headers[.contentLength] == nil { headers[.contentLength] = String(length) }
            // Without a known length the head must not claim one. The HTTP/1.1 encoder then ends the response with an
            // empty chunk, though a response to HEAD has none; the client must not take it for the next response.
            if length == nil { headers[.connection] = "close" }
            let body = Hummingbird.ResponseBody(contentLength: nil) { try await $0.finish(nil) }
            return Hummingbird.Response(status: status, headers: headers, body: body)
        }
        return Hummingbird.Response(status: status, headers: headers, body: body.hummingbird(for: request))
    }
}

extension HTTPResponse.Status {
    /// RFC 9110 §6.4.1: these never have a body.
    var mayNotHaveBody: Bool { kind == .informational || self == .noContent || self == .notModified }
}

extension ResponseBody {
    fileprivate func hummingbird(for request: Request) -> Hummingbird.ResponseBody {
        switch content {
        case .empty: Hummingbird.ResponseBody()
        case .bytes(let buffer): Hummingbird.ResponseBody(byteBuffer: buffer)
        case .ready(let body): body
        case .stream(let length, let write):
            Hummingbird.ResponseBody(contentLength: length) { writer in
                let body = BodyWriter(writer)
                do {
                    try await Request.$current.withValue(request) { try await write(body) }
                    try await body.finish()
                } catch {
                    // The head is out already: all that is left is to cut the connection, which throwing does.
                    let isGone = body.hasFailed || error is CancellationError
                    request.logger.log(
                        level: isGone ? .debug : .error,
                        isGone ? "The client went away during a response" : "A streamed response failed",
                        metadata: ["error": "\(error)", "bytes": .stringConvertible(body.count)]
                    )
                    throw error
                }
            }
        }
    }
}
