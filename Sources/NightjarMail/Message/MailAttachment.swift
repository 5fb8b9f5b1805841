// Files that travel with a mail: at its end (MailAttachment), or inside its html (MailInline).

import Foundation

/// A file at the end of a mail.
public struct MailAttachment: Hashable, Sendable {
    /// The file's name as the reader sees it; a name, not a path.
    public let name: String

    /// Its media type, such as `application/pdf`.
    public let contentType: String

    /// Its content.
    public let bytes: [UInt8]

    /// A file of some bytes.
    ///
    /// - Parameters:
    ///   - name: What the reader sees, at most 255 bytes, any script, without `/` and `\`.
    ///   - contentType: `type/subtype`, with parameters if need be. The default claims nothing about the bytes.
    ///   - bytes: The content, sent as it is.
    /// - Throws: `MailError` for a name or a media type that cannot be written into a header.
    public init(name: String, contentType: String = "application/octet-stream", bytes: [UInt8]) throws {
        self.name = try FileRules.name(name)
        self.contentType = try FileRules.contentType(contentType, of: name)
        self.bytes = bytes
    }
}

/// A picture, or another file, that the html shows with `src="cid:…"`.
public struct MailInline: Hashable, Sendable {
    /// What follows `cid:` in the html.
    public let id: String

    /// A file name for readers who save it.
    public let name: String?

    /// Its media type, such as `image/png`.
    public let contentType: String

    /// Its content.
    public let bytes: [UInt8]

    /// A file the html refers to.
    ///
    /// - Parameters:
    ///   - id: Letters, digits and `._+-`, with an `@domain` if you like; `<img src="cid:logo">` has the id `logo`.
    ///   - name: A file name for readers who save it.
    ///   - contentType: `type/subtype`.
    ///   - bytes: The content, sent as it is.
    /// - Throws: `MailError` for an id, name or media type that cannot be written into a header.
    public init(id: String, name: String? = nil, contentType: String, bytes: [UInt8]) throws {
        let isID =
            (1...120).contains(id.utf8.count)
            && id.utf8.allSatisfy { AddressSyntax.isLetterOrDigit($0) || "._+-@".utf8.contains($0) }
        guard isID else {
            throw MailError(
                .content,
                "\(quoted(id)) cannot be the id of an inline part: use 1 to 120 letters, digits and . _ + - @."
            )
        }
        self.id = id
        self.name = try name.map(FileRules.name)
        self.contentType = try FileRules.contentType(contentType, of: name ?? id)
        self.bytes = bytes
    }
}

extension MailAttachment: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, contentType, bytes
    }

    /// Reads and checks an attachment.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            name: values.decode(String.self, forKey: .name),
            contentType: values.decode(String.self, forKey: .contentType),
            bytes: [UInt8](values.decode(Data.self, forKey: .bytes))
        )
    }

    /// Writes the bytes as data, which JSON holds as base64 and not as a list of numbers.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(contentType, forKey: .contentType)
        try values.encode(Data(bytes), forKey: .bytes)
    }
}

extension MailInline: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, name, contentType, bytes
    }

    /// Reads and checks an inline part.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            id: values.decode(String.self, forKey: .id),
            name: values.decodeIfPresent(String.self, forKey: .name),
            contentType: values.decode(String.self, forKey: .contentType),
            bytes: [UInt8](values.decode(Data.self, forKey: .bytes))
        )
    }

    /// Writes the bytes as data, which JSON holds as base64 and not as a list of numbers.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id, forKey: .id)
        try values.encodeIfPresent(name, forKey: .name)
        try values.encode(contentType, forKey: .contentType)
        try values.encode(Data(bytes), forKey: .bytes)
    }
}

/// What names and media types of files may look like.
private enum FileRules {
    static func name(_ name: String) throws -> String {
        try HeaderRules.check(name, "The file name")
        guard !name.trimmingSpaces().isEmpty, name.utf8.count <= 255 else {
            throw MailError(.content, "A file name has 1 to 255 bytes, and \(quoted(name)) has \(name.utf8.count).")
        }
        guard !name.utf8.contains(where: { "/\\".utf8.contains($0) }) else {
            throw MailError(.content, "\(quoted(name)) is a path; give the file's name alone.")
        }
        return name
    }

    static func contentType(_ type: String, of name: String) throws -> String {
        try HeaderRules.check(type, "The media type of \(quoted(name))")
        guard let media = MediaType(type) else {
            throw MailError(.content, "\(quoted(type)) is not a media type; write type/subtype, such as image/png.")
        }
        guard media.type != "multipart", media.type != "message" else {
            throw MailError(
                .content,
                "\(quoted(name)) cannot travel as \(media.type)/…, which must not be encoded; "
                    + "use application/octet-stream."
            )
        }
        return media.description
    }
}
