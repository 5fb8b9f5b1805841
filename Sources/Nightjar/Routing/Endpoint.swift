// Where Hummingbird's world ends and ours begins: one matched route, or the answer to a path without one.
//
//     Exchange.current ─► Request with route and parameters, bound as currentRequest ─► middleware ─► handler
//                      ─► Response settled ─► its work noted in the Exchange ─► Hummingbird response
//
// Nothing escapes but a parser error, which the server has to see: every other error becomes a page here.

import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// Answers the requests of one route.
struct Endpoint: HTTPResponder {
    typealias Context = NightjarContext
    typealias Chain = @Sendable (Request) async throws -> Response

    /// Nil for whatever answers paths without a route.
    let pattern: RoutePattern?
    let bodyLimit: ByteCount?
    let settings: RequestSettings
    let chain: Chain

    func respond(
        to request: Hummingbird.Request,
        context: NightjarContext
    ) async throws -> Hummingbird.Response {
        guard let exchange = Exchange.current else { throw RequestError.noCurrentRequest }
        return try await respond(in: exchange, parameters: context.parameters)
    }

    private func respond(in exchange: Exchange, parameters: Parameters) async throws -> Hummingbird.Response {
        let request = exchange.request.derived(
            route: pattern.map { ($0.path, $0.parameters(from: parameters), bodyLimit) }
        )
        var failure: (any Error)?
        var response: Response
        do {
            try checkBodyLength(of: request)
            response = try await Request.$current.withValue(request) {
                let response = try await chain(request).settled(for: request)
                return try await response.holdingJobs(for: response.boundRequest ?? request)
            }
        } catch let error as HTTPParserError {
            throw error
        } catch {
            failure = error
            response = ErrorPages.response(for: error, request: request)
        }
        let seen = response.boundRequest ?? request
        if response.status.kind == .serverError, !(failure is CancellationError) {
            report(failure, status: response.status, request: seen)
        }
        exchange.note(status: response.status, route: pattern?.path, bodyLength: response.body.length)
        exchange.append(response.afterResponse, seenBy: seen)
        return response.hummingbird(for: seen, isHead: request.method == .head)
    }

    /// A body that says it is too large is refused before anyone reads it.
    private func checkBodyLength(of request: Request) throws {
        guard let text = request.headers.known[.contentLength], let length = Int(text) else { return }
        guard length <= request.bodyLimit.bytes else { throw HTTPProblem.tooLarge(limit: request.bodyLimit) }
    }

    private func report(_ error: (any Error)?, status: HTTPResponse.Status, request: Request) {
        var metadata: Logger.Metadata = [
            "status": .stringConvertible(status.code),
            "method": .string(request.method.rawValue),
            "path": .string(request.route ?? request.path),
        ]
        if let error { metadata["error"] = "\(error)" }
        request.logger.error("The request failed", metadata: metadata)
    }
}

extension Endpoint {
    /// The handler behind its middleware, the first of the list outermost. Each step's request is the current one in it.
    static func chain(_ middlewares: [any Middleware], handler: @escaping Chain) -> Chain {
        middlewares.reversed().reduce(handler) { next, middleware in
            { request in
                try await middleware.handle(request) { passedOn in
                    guard passedOn !== request else { return try await next(passedOn).settled(for: passedOn) }
                    return try await Request.$current.withValue(passedOn) {
                        try await next(passedOn).settled(for: passedOn)
                    }
                }
            }
        }
    }
}
