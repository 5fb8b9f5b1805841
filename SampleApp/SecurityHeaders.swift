import HTTPTypes
import Nightjar

/// Tells browsers to run nothing but what this application serves.
struct SecurityHeaders: Middleware {
    func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        var response = try await next(request)
        for (name, value) in Self.fields where response.headers[name] == nil { response.headers[name] = value }
        return response
    }

    private static let fields: [(HTTPField.Name, String)] = [
        (.contentSecurityPolicy, "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
        (.xContentTypeOptions, "nosniff"),
        (HTTPField.Name("referrer-policy") ?? .via, "same-origin"),
    ]
}
