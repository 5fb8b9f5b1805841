// What is wrong with a request, said to whoever sent it. Thrown from anywhere in a handler; the pages turn it into HTML
// for a browser and into `application/problem+json` (RFC 9457) for everyone else.

public import HTTPTypes

/// An error whose status and text are meant for the client.
///
/// ```swift
/// guard let order = try await orders.find(id) else { throw HTTPProblem(.notFound, "There is no order \(id).") }
/// ```
public struct HTTPProblem: Error, Sendable, CustomStringConvertible {
    /// The response's status.
    public var status: HTTPResponse.Status

    /// What is wrong, as a sentence that may be shown to anyone.
    public var detail: String?

    /// The form or JSON field that is to blame, as a path: `address.zip`.
    public var field: String?

    /// Header fields to add to the response, such as `Retry-After`.
    public var headers: HTTPFields

    /// - Parameters:
    ///   - status: The response's status.
    ///   - detail: What is wrong, as a sentence that may be shown to anyone.
    ///   - field: The form or JSON field that is to blame.
    ///   - headers: Header fields to add to the response.
    public init(
        _ status: HTTPResponse.Status,
        _ detail: String? = nil,
        field: String? = nil,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = headers
    }

    /// The status and the detail in one line.
    public var description: String {
        let title = "\(status.code) \(status.reasonPhrase)"
        return detail.map { "\(title): \($0)" } ?? title
    }

    /// The body was larger than the route accepts. The connection is closed: the rest of it is not worth reading.
    package static func tooLarge(limit: ByteCount) -> Self {
        Self(.contentTooLarge, "The body may have at most \(limit).", headers: [.connection: "close"])
    }
}
