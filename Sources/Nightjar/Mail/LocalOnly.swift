// Pages for the person at this machine: nobody else can tell that they exist.

import HTTPTypes

/// Answers browsers on this machine, and 404 to everybody else.
struct LocalOnly: Middleware {
    /// Whether proxies are told apart from clients (`TRUSTED_PROXIES`).
    let trustsProxies: Bool

    func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        let isLocal = Self.isLocal(client: request.clientAddress, host: request.authority)
        guard isLocal, trustsProxies || !request.wasPassedOn else {
            throw HTTPProblem(.notFound, "There is nothing here.")
        }
        var response = try await next(request)
        response.headers[.contentSecurityPolicy] = response.headers[.contentSecurityPolicy] ?? Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.cacheControl] = response.headers[.cacheControl] ?? "no-store"
        return response
    }

    /// Whether a client is on this machine and asked for it by a name that only this machine has. The name counts, too:
    /// a page anywhere can have its own name lead to 127.0.0.1, and would otherwise read along.
    static func isLocal(client: String?, host: String?) -> Bool {
        guard let client, isLoopback(client), let host else { return false }
        let name = host.hasPrefix("[") ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
        return name.lowercased() == "localhost" || name.lowercased().hasSuffix(".localhost") || isLoopback(String(name))
    }

    private static func isLoopback(_ address: String) -> Bool {
        let plain = address.hasPrefix("::ffff:") ? String(address.dropFirst(7)) : address
        let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
        return plain == "::1" || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

extension Request {
    /// The host, and perhaps port, that the client asked for.
    fileprivate var authority: String? {
        guard case .live(let head, _, _) = core.source else { return nil }
        return head.authority
    }

    /// Whether a proxy passed it on. The other end of the connection is the proxy then, and unless we were told which
    /// proxies to trust, nobody knows where the client is.
    fileprivate var wasPassedOn: Bool {
        guard case .live(let head, _, _) = core.source else { return false }
        return Self.marksOfProxies.contains { head.headerFields[$0] != nil }
    }

    private static let marksOfProxies = [
        "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
    ].compactMap { HTTPField.Name($0) }
}
