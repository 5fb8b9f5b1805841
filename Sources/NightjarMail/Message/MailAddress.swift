// One mailbox: an address, and perhaps the name of who reads it.
//
// The value is the proof: whoever holds a MailAddress holds an address that fits on one line of an SMTP dialogue and
// of a header. Decoding checks again, so a payload that was tampered with does not become one either.

/// A mailbox such as `Ada Lovelace <ada@example.org>`.
///
/// A string stands for exactly one mailbox; a list in one string is refused, so that the content of a form field
/// cannot add recipients.
public struct MailAddress: Hashable, Sendable {
    /// Who reads it, as shown to people; any script.
    public let name: String?

    /// The bare address, `local@domain`.
    public let address: String

    /// Reads `ada@example.org`, `Ada <ada@example.org>` or `"Lovelace, Ada" <ada@example.org>`.
    ///
    /// - Throws: `MailError` saying which rule the text breaks.
    public init(_ text: String) throws {
        try HeaderRules.check(text, "The address")
        let trimmed = text.trimmingSpaces()
        guard trimmed.hasSuffix(">") else {
            self.name = nil
            self.address = try AddressSyntax.check(trimmed)
            return
        }
        guard let open = trimmed.lastIndex(of: "<") else {
            throw MailError(.address, "\(quoted(text)) has a “>” without a “<”.")
        }
        let inner = trimmed[trimmed.index(after: open)...].dropLast()
        self.name = try Self.phrase(trimmed[..<open].trimmingSpaces(), in: text)
        self.address = try AddressSyntax.check(String(inner))
    }

    /// Puts a name of any content before an address.
    ///
    /// - Throws: `MailError` when the name holds a control character or the address is not one.
    public init(name: String?, address: String) throws {
        if let name { try HeaderRules.check(name, "The name of \(quoted(address))") }
        self.name = name.flatMap { $0.isEmpty ? nil : $0 }
        self.address = try AddressSyntax.check(address)
    }

    /// The part after the last `@`.
    public var domain: Substring {
        address[(address.lastIndex(of: "@") ?? address.startIndex)...].dropFirst()
    }

    /// The same mailbox for a mail server: domains do not care for case, local parts may.
    var mailbox: String {
        address.dropLast(domain.count) + domain.lowercased()
    }

    /// The display name in front of a “<”. Read by scalars: a mark that combines with a quote does not hide it.
    private static func phrase(_ text: String, in whole: String) throws -> String? {
        let scalars = text.unicodeScalars
        if scalars.count >= 2, scalars.first == "\"", scalars.last == "\"" {
            var name = String.UnicodeScalarView()
            var escaped = false
            for scalar in scalars.dropFirst().dropLast() {
                if scalar == "\\", !escaped {
                    escaped = true
                    continue
                }
                guard scalar != "\"" || escaped else {
                    throw MailError(.address, "\(quoted(whole)) has a “\"” inside its quoted name; write it as \\\".")
                }
                name.append(scalar)
                escaped = false
            }
            return name.isEmpty ? nil : String(name)
        }
        guard !scalars.contains(where: { "\"\\,;:<>@()".unicodeScalars.contains($0) }) else {
            throw MailError(
                .address,
                "\(quoted(whole)) is not one mailbox: put a name with special characters in quotes, "
                    + "or use MailAddress(name:address:); give several addresses as an array."
            )
        }
        return text.isEmpty ? nil : text
    }
}

extension MailAddress: CustomStringConvertible {
    /// The mailbox as it can be read back by ``init(_:)``.
    public var description: String {
        guard let name else { return address }
        var escaped = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            if scalar == "\\" || scalar == "\"" { escaped.append("\\") }
            escaped.append(scalar)
        }
        return "\"\(String(escaped))\" <\(address)>"
    }
}

extension MailAddress: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, address
    }

    /// Reads and checks a mailbox.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            name: values.decodeIfPresent(String.self, forKey: .name),
            address: values.decode(String.self, forKey: .address)
        )
    }
}

extension StringProtocol {
    func trimmingSpaces() -> String {
        var rest = self[...]
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
