// What a handler answers: a value. Nothing is sent while a handler runs; the server sends what it returned.

public import HTTPTypes

/// What a handler answers: status, headers, body, and what to do once it has been sent.
public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status

    /// The header fields. `Content-Length` follows from the body and need not be set.
    public var headers: HTTPFields

    /// The body.
    public var body: ResponseBody

    /// What runs once the response has been sent, in this order.
    public var afterResponse: [AfterResponse] = []

    /// Decides at the last moment what is sent instead, when the request is known; for responses that depend on it.
    package var resolve: (@Sendable (Request) async throws -> Response)?

    /// The request that its body and its work will see: the one of the innermost step that made it.
    var boundRequest: Request?

    /// - Parameters:
    ///   - status: The status.
    ///   - headers: The header fields.
    ///   - body: The body.
    public init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: ResponseBody = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The same response with something to do once it has been sent: after the last byte was handed to the socket,
    /// whatever the method or status, and also if the client went away.
    ///
    /// Several run in the order they were added; one that throws is logged and does not stop the next.
    ///
    /// - Parameters:
    ///   - name: What the log calls it if it fails.
    ///   - work: What to do. `currentRequest` is the request this response answers.
    public func after(_ name: String? = nil, _ work: @escaping @Sendable () async throws -> Void) -> Response {
        var response = self
        response.afterResponse.append(AfterResponse(name: name, run: work))
        return response
    }

    /// The same response with a header field set.
    public func header(_ name: HTTPField.Name, _ value: String) -> Response {
        var response = self
        response.headers[name] = value
        return response
    }
}

/// One thing to do after a response has been sent.
public struct AfterResponse: Sendable {
    /// What the log calls it if it fails.
    public let name: String?
    /// What to do.
    public let run: @Sendable () async throws -> Void
    /// Stores the job that is meant, before the response is sent.
    let hold: (@Sendable (Request) async throws -> HeldJob)?

    /// - Parameters:
    ///   - name: What the log calls it if it fails.
    ///   - run: What to do.
    public init(name: String? = nil, run: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.run = run
        self.hold = nil
    }

    init(name: String, hold: @escaping @Sendable (Request) async throws -> HeldJob) {
        self.name = name
        self.run = {}
        self.hold = hold
    }
}

/// Something a handler may return.
public protocol ResponseConvertible: Sendable {
    /// The response it stands for.
    ///
    /// - Throws: Whatever keeps it from becoming one, such as an encoding error.
    func response(for request: Request) throws -> Response
}

extension Response: ResponseConvertible {
    /// The response itself.
    public func response(for request: Request) -> Response { self }
}

extension String: ResponseConvertible {
    /// Plain text.
    public func response(for request: Request) -> Response { .text(self) }
}

extension HTTPResponse.Status: ResponseConvertible {
    /// The status alone, without a body.
    public func response(for request: Request) -> Response { .empty(self) }
}
