// Middleware stands between the server and the handlers: it sees the request first and the response last.

/// Code that runs around handlers: sign-in, headers, timing.
///
/// ```swift
/// struct RequireUser: Middleware {
///     func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
///         guard let user = try await users.find(request.cookies["session"]) else {
///             return try .redirect(to: "/login")
///         }
///         return try await next(request.with(CurrentUser.self, user))
///     }
/// }
/// ```
public protocol Middleware: Sendable {
    /// Answers a request, usually by passing it on and returning what comes back.
    ///
    /// - Parameters:
    ///   - request: The request as the middleware before this one passed it on.
    ///   - next: The rest of the way to the handler. The request given to it becomes `currentRequest` there.
    func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response
}
