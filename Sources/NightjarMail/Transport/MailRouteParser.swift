// The reading of MAIL_URL; see MailRoute for what it may say.

import Foundation

struct MailRouteParser {
    let variable: String

    private static let schemes = ["smtp", "smtps", "sendmail", "file", "log", "memory"]
    private static let options = ["auth", "ca", "connections", "ehlo", "starttls"]

    private static let escapes =
        "if a password contains @ : / ? # or %, write %40 %3A %2F %3F %23 or %25 in its place"

    func route(_ text: String) throws -> MailRoute {
        guard !text.unicodeScalars.contains(where: { isControl($0) || $0 == " " }) else {
            throw wrong("contains a space or a control character; write it as %20 or remove it")
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = parts[0].lowercased()
        guard parts.count == 2, Self.schemes.contains(scheme) else {
            let hint = Suggestion.nearest(to: scheme, in: Self.schemes).map { ", did you mean \($0)?" } ?? ""
            throw wrong("must begin with smtp://, smtps://, sendmail:, file:, log: or memory:\(hint)")
        }
        let rest = parts[1]
        switch scheme {
        case "smtp", "smtps": return .smtp(try smtp(rest, isTLS: scheme == "smtps"))
        case "file": return .file(directory: try path(rest, example: "file:///var/spool/outbox"))
        case "sendmail":
            if rest.isEmpty { return .sendmail(path: "/usr/sbin/sendmail") }
            return .sendmail(path: try path(rest, example: "sendmail:///usr/sbin/sendmail"))
        default:
            guard rest.isEmpty || rest == "//" else { throw wrong("takes nothing after \(scheme):") }
            return scheme == "log" ? .log : .memory
        }
    }

    private func path(_ rest: Substring, example: String) throws -> String {
        let path = rest.hasPrefix("//") ? rest.dropFirst(2) : rest
        guard path.first == "/", path.count > 1, let decoded = path.removingPercentEncoding, !decoded.contains("\0")
        else {
            throw wrong("needs an absolute path, such as \(example)")
        }
        return decoded
    }

    private func smtp(_ rest: Substring, isTLS: Bool) throws -> SMTPConfiguration {
        let scheme = isTLS ? "smtps" : "smtp"
        guard rest.hasPrefix("//") else { throw wrong("needs two slashes: \(scheme)://host") }
        var authority = rest.dropFirst(2)
        var query = ""[...]
        if authority.contains("#") { throw wrong("contains a “#”; in a user name or password write it as %23") }
        if let mark = authority.firstIndex(of: "?") {
            query = authority[authority.index(after: mark)...]
            authority = authority[..<mark]
        }
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.contains("/") else {
            throw wrong("has a path, which a mail server has not; in a user name or password write “/” as %2F")
        }
        let at = authority.lastIndex(of: "@")
        let (host, port) = try server(at.map { authority[authority.index(after: $0)...] } ?? authority)
        let isLocal = SMTPConfiguration.isLoopback(host)
        var server = SMTPConfiguration(
            host: host,
            port: port ?? (isTLS ? 465 : 587),
            security: isTLS ? .tls : isLocal ? .none : .startTLS,
            credentials: try at.flatMap { try credentials(authority[..<$0]) }
        )
        try read(query, isTLS: isTLS, into: &server)
        return server
    }

    private func credentials(_ text: Substring) throws -> SMTPConfiguration.Credentials? {
        if text.isEmpty { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw wrong("needs user and password before the “@”, joined by a colon")
        }
        let decoded = parts.map(\.removingPercentEncoding)
        guard let user = decoded[0], let secret = decoded[1] else {
            throw wrong("has a “%” in user or password that is no escape; write “%” as %25")
        }
        guard !(user + secret).unicodeScalars.contains(where: isControl) else {
            throw wrong("has a control character in user or password")
        }
        return .init(user: user, secret: MailSecret(secret))
    }

    private func server(_ text: Substring) throws -> (host: String, port: Int?) {
        var host = text
        var port: Substring?
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else {
                throw wrong("has a “[” without a “]” around its address")
            }
            host = text[text.index(after: text.startIndex)..<close]
            let after = text[text.index(after: close)...]
            guard after.isEmpty || after.first == ":" else { throw wrong("needs a colon between “]” and the port") }
            port = after.isEmpty ? nil : after.dropFirst()
            let isIPv6 = host.contains(":") && host.utf8.allSatisfy { isHexDigit($0) || ":.".utf8.contains($0) }
            guard isIPv6 else { throw wrong("has something else than an IPv6 address in brackets") }
        } else {
            if let colon = text.firstIndex(of: ":") {
                host = text[..<colon]
                port = text[text.index(after: colon)...]
            }
            guard !host.isEmpty else { throw wrong("names no server; write smtp://user:password@host:587") }
            guard HostSyntax.isName(host) else {
                throw wrong("names a server that is not a host name; \(Self.escapes)")
            }
        }
        guard let port else { return (String(host), nil) }
        guard let number = Int(port), (1...65_535).contains(number), port.first != "+" else {
            throw wrong("has a port that is not a number from 1 to 65535; \(Self.escapes)")
        }
        return (String(host), number)
    }

    private func read(_ query: Substring, isTLS: Bool, into server: inout SMTPConfiguration) throws {
        for item in query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(pair[0])
            guard Self.options.contains(name) else {
                let hint = Suggestion.nearest(to: name, in: Self.options).map { ", did you mean \($0)?" } ?? ""
                let allowed = Self.options.joined(separator: ", ")
                throw wrong("has an option after “?” that does not exist\(hint) (allowed: \(allowed))")
            }
            guard pair.count == 2, let value = pair[1].removingPercentEncoding, !value.isEmpty else {
                throw wrong("has the option \(name) without a value")
            }
            try set(name, value, isTLS: isTLS, &server)
        }
        if server.method == .xoauth2, server.credentials == nil {
            throw wrong("asks for auth=xoauth2 and needs user:token@ before the host")
        }
        guard server.security != .none || server.credentials == nil || SMTPConfiguration.isLoopback(server.host) else {
            throw wrong("would send the password unprotected: starttls=off is for servers without user and password")
        }
    }

    private func set(_ name: String, _ value: String, isTLS: Bool, _ server: inout SMTPConfiguration) throws {
        switch name {
        case "auth":
            guard let method = SMTPConfiguration.Method(rawValue: value.lowercased()) else {
                let allowed = SMTPConfiguration.Method.allCases.map(\.rawValue).joined(separator: ", ")
                throw wrong("has an unknown auth=; allowed: \(allowed)")
            }
            server.method = method
        case "ca":
            guard value.hasPrefix("/") else { throw wrong("needs an absolute path after ca=") }
            server.certificateAuthorities = value
        case "connections":
            guard let count = Int(value), (1...64).contains(count) else {
                throw wrong("needs connections= from 1 to 64")
            }
            server.connections = count
        case "ehlo":
            guard HostSyntax.isName(value) else { throw wrong("needs a host name after ehlo=") }
            server.helloName = value
        default:
            guard !isTLS else { throw wrong("has starttls= with smtps://, which is TLS from the start; use smtp://") }
            switch value {
            case "required": server.security = .startTLS
            case "off": server.security = .none
            default: throw wrong("has an unknown starttls=; allowed: required, off")
            }
        }
    }

    private func isHexDigit(_ byte: UInt8) -> Bool {
        AddressSyntax.isLetterOrDigit(byte) && UInt8(String(UnicodeScalar(byte)), radix: 16) != nil
    }

    private func wrong(_ why: String) -> MailError {
        MailError(.configuration, "\(variable) \(why).")
    }
}

enum Suggestion {
    /// The candidate that differs in at most two letters; nil when none does.
    static func nearest(to text: String, in candidates: [String]) -> String? {
        let best = candidates.map { ($0, distance(text, $0)) }.min { $0.1 < $1.1 }
        guard let best, best.1 > 0, best.1 <= 2 else { return nil }
        return best.0
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        guard left.count <= 20 else { return .max }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substituted = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j + 1] + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
