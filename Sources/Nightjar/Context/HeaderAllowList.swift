// Which headers a job may read. Four always, more by configuration, and some never, even if someone asks for them.

import HTTPTypes

/// Decides which headers travel into jobs.
enum HeaderAllowList {
    /// What most jobs want to know: the language to write in, and what the client was and wanted.
    static let standard: [HTTPField.Name] = [.acceptLanguage, .userAgent, .contentType, .accept]

    /// The names that travel in addition to the standard ones.
    ///
    /// - Throws: ``RequestError/headerNotAllowed(_:)`` for a header that may hold a secret, or no header name at all.
    static func names(adding extra: [String]) throws -> [HTTPField.Name] {
        var names: [HTTPField.Name] = []
        for text in extra {
            guard let name = HTTPField.Name(text), !isForbidden(name) else { throw RequestError.headerNotAllowed(text) }
            if !standard.contains(name), !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Whether a header never travels: credentials, cookies, and whatever calls itself a token, secret or key.
    static func isForbidden(_ name: HTTPField.Name) -> Bool {
        let name = name.canonicalName
        if ["authorization", "proxy-authorization", "cookie", "set-cookie"].contains(name) { return true }
        return name.split(separator: "-").contains { word in
            ["token", "secret", "key", "apikey", "password", "auth", "session", "signature", "jwt"].contains(word)
        }
    }
}
