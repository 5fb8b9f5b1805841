// What may stand in a header, decided before a mail exists, so that nothing after it has to wonder.
//
// A control character in a value bound for a header throws; it is never stripped in silence, because a value that
// holds one was either broken or meant to inject a header.

/// Whether a character ends a line or steers a terminal somewhere: C0, DEL, C1 and the two Unicode line ends.
func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029: true
    default: false
    }
}

enum HeaderRules {
    /// The longest line a mail may have, without its end (RFC 5322 §2.1.1).
    static let longestLine = 998

    /// Headers that are made from the mail's own fields.
    static let reserved: Set<String> = [
        "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version",
        "return-path", "received",
    ]

    /// Throws unless a value can stand in a header.
    static func check(_ value: String, _ field: String) throws {
        guard let scalar = value.unicodeScalars.first(where: isControl) else { return }
        let name =
            switch scalar {
            case "\r", "\n": "a line break"
            case "\0": "a NUL"
            case "\t": "a tab"
            default: "the control character U+" + hex(scalar.value)
            }
        throw MailError(
            .header, "\(field) contains \(name): \(quoted(value)). Remove it; a header is one line of text.")
    }

    /// Throws unless a header of the user's own can be written.
    static func checkExtra(name: String, value: String) throws {
        let isName = !name.isEmpty && name.utf8.allSatisfy { (33...126).contains($0) && $0 != UInt8(ascii: ":") }
        guard isName, name.utf8.count <= 60 else {
            throw MailError(
                .header,
                "\(quoted(name)) is not a header name: use 1 to 60 printable ASCII characters without space or colon."
            )
        }
        let lowercase = name.lowercased()
        guard !reserved.contains(lowercase), !lowercase.hasPrefix("content-"), !lowercase.hasPrefix("resent-") else {
            throw MailError(
                .header,
                "The header \(name) cannot be set by hand: it is written from the mail's own fields."
            )
        }
        try check(value, "The header \(name)")
        guard value.first != " ", value.last != " " else {
            throw MailError(.header, "The header \(name) begins or ends with a space: \(quoted(value)). Remove it.")
        }
        if HeaderField.mustEncode(value) {
            guard name.utf8.count <= HeaderField.longestEncodedName else {
                throw MailError(
                    .header,
                    "The header \(name) needs a name of at most \(HeaderField.longestEncodedName) characters "
                        + "for a value that is not plain ASCII."
                )
            }
            return
        }
        let longest = HeaderField.chunks(of: value).map(\.utf8.count).max() ?? 0
        guard longest + name.utf8.count + 2 <= longestLine else {
            throw MailError(
                .header,
                "The header \(name) holds \(longest) characters without a space; a line of a mail has at most 998."
            )
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
