// Which addresses are taken: RFC 5321's Mailbox in ASCII, that is
//
//     local part   dot-atom, or a quoted string of printable ASCII    ≤ 64 bytes
//     domain       labels of letters, digits and hyphens, or [address literal]
//     together     ≤ 254 bytes (RFC 3696, erratum 1690)
//
// Refused in words: groups, comments, routes, non-ASCII (a domain has an xn-- form; a local part needs SMTPUTF8, which
// many servers still lack), what looks like an encoded word, and everything that could end a line or a command.

enum AddressSyntax {
    /// The address itself when it is one.
    static func check(_ text: String) throws -> String {
        func wrong(_ why: String) -> MailError {
            MailError(.address, "\(quoted(text)) is not a mail address: \(why).")
        }
        if text.isEmpty { throw wrong("it is empty") }
        if let scalar = text.unicodeScalars.first(where: isControl) {
            throw wrong("it contains a control character (\(scalar.value))")
        }
        if text.utf8.count > 254 { throw wrong("it has \(text.utf8.count) characters, more than 254") }
        if text.hasSuffix(";"), text.contains(":") { throw wrong("it is a group; give its members one by one") }
        guard let at = text.lastIndex(of: "@") else { throw wrong("it has no “@”") }
        let local = text[..<at]
        let domain = text[text.index(after: at)...]
        if let why = flaw(local: local) ?? flaw(domain: domain) { throw wrong(why) }
        return text
    }

    private static func flaw(local: Substring) -> String? {
        if local.isEmpty { return "nothing stands before the “@”" }
        guard local.utf8.allSatisfy({ $0 < 0x80 }) else {
            return "the part before the “@” has characters outside ASCII, which not every mail server takes"
        }
        if local.contains("=?") {
            return "the part before the “@” looks like an encoded word (“=?”), which some readers decode into another "
                + "address"
        }
        if local.utf8.count > 64 { return "the part before the “@” has more than 64 characters" }
        if local.first == "\"" { return flaw(quotedLocal: local) }
        if local.contains("@") { return "it has two “@”" }
        let isDotAtom = local.split(separator: ".", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isAtom) }
        if isDotAtom { return nil }
        if local.contains(":") { return "groups and routes are not taken; give one address" }
        return "the part before the “@” may hold letters, digits, single dots and !#$%&'*+-/=?^_`{|}~ only, "
            + "or stand in quotes"
    }

    private static func flaw(quotedLocal local: Substring) -> String? {
        guard local.utf8.count >= 3, local.last == "\"" else { return "the quote before the “@” is not closed" }
        var escaped = false
        for byte in local.utf8.dropFirst().dropLast() {
            if escaped {
                escaped = false
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                return "a “\"” inside the quotes is not escaped"
            }
        }
        return escaped ? "the quote before the “@” is not closed" : nil
    }

    private static func flaw(domain: Substring) -> String? {
        if domain.isEmpty { return "nothing stands after the “@”" }
        guard domain.utf8.allSatisfy({ $0 < 0x80 }) else {
            return "its domain has characters outside ASCII; write the domain in its xn-- form (punycode)"
        }
        if domain.first == "[" {
            let isLiteral =
                domain.last == "]" && domain.utf8.count > 2
                && domain.utf8.dropFirst().dropLast().allSatisfy { isLetterOrDigit($0) || ".:-".utf8.contains($0) }
            return isLiteral ? nil : "its address literal is not closed or holds other characters than an IP address"
        }
        return HostSyntax.isName(domain)
            ? nil
            : "“\(quotedPart(domain))” is not a domain: labels of letters, digits and hyphens, joined by single dots"
    }

    private static func quotedPart(_ part: Substring) -> String {
        String(quoted(String(part)).dropFirst().dropLast())
    }

    /// The characters of an atom (RFC 5322 §3.2.3).
    static func isAtom(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

enum HostSyntax {
    /// Whether a text is a host name: at most 253 characters, labels of 1 to 63 letters, digits and inner hyphens.
    static func isName(_ text: some StringProtocol) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { AddressSyntax.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }
}
