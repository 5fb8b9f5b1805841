// Setting cookies (RFC 6265 §4.1). The defaults are the careful ones: not for scripts, not from other sites, and only over
// TLS where the application is known to be reached that way.

import HTTPTypes

/// When browsers send a cookie along with requests that other sites cause.
public enum SameSite: String, Sendable, CaseIterable {
    /// Only when someone follows a link to this site.
    case lax = "Lax"
    /// Never.
    case strict = "Strict"
    /// Always; such a cookie is also marked secure, or browsers refuse it.
    case none = "None"
}

/// Why a cookie cannot be set.
public enum CookieError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name, value or path contains a character that cookies may not have.
    case malformed(name: String, part: String)

    /// What is wrong and what to do about it, as a sentence.
    public var description: String {
        switch self {
        case .malformed(let name, let part):
            "The \(part) of the cookie \"\(name)\" contains a character that cookies may not have; encode it, for example "
                + "in base64."
        }
    }
}

extension Response {
    /// The same response with a cookie set.
    ///
    /// - Parameters:
    ///   - name: The cookie's name.
    ///   - value: Its value: printable ASCII without spaces, quotes, commas, semicolons and backslashes.
    ///   - maxAge: How long the browser keeps it; nil until it is closed, zero to remove it.
    ///   - path: The paths it is sent with.
    ///   - isSecure: Whether it is sent over TLS only. By default that is so if `BASE_URL` begins with `https`.
    ///   - isHTTPOnly: Whether scripts cannot see it.
    ///   - sameSite: When it is sent with requests that other sites cause.
    /// - Throws: ``CookieError/malformed(name:part:)``.
    public func cookie(
        _ name: String,
        _ value: String,
        maxAge: Duration? = nil,
        path: String = "/",
        isSecure: Bool? = nil,
        isHTTPOnly: Bool = true,
        sameSite: SameSite = .lax
    ) throws -> Response {
        guard HTTPField.Name(name) != nil else { throw CookieError.malformed(name: name, part: "name") }
        let allowed = { (byte: UInt8) in (0x21...0x7E).contains(byte) && !#"",;\"#.utf8.contains(byte) }
        guard value.utf8.allSatisfy(allowed) else { throw CookieError.malformed(name: name, part: "value") }
        guard path.utf8.allSatisfy(allowed) else { throw CookieError.malformed(name: name, part: "path") }
        var text = "\(name)=\(value); Path=\(path)"
        if let maxAge { text += "; Max-Age=\(maxAge.components.seconds)" }
        let reachedByTLS = Request.current?.baseURL?.hasPrefix("https:") ?? false
        if sameSite == .none || (isSecure ?? reachedByTLS) { text += "; Secure" }
        if isHTTPOnly { text += "; HttpOnly" }
        text += "; SameSite=\(sameSite.rawValue)"
        var response = self
        response.headers.append(HTTPField(name: .setCookie, value: text))
        return response
    }
}
