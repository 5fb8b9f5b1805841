// What makes two mails of the same words two mails: the Message-ID, the date, and the boundary between its parts.
//
// Made once, when the mail is enqueued, and stored with it. So every retry sends the same bytes, and a server or a
// reader that gets it twice can tell.

public import Foundation

/// The identity of one mail, fixed before its first attempt.
public struct MailStamp: Hashable, Sendable {
    /// The `Message-ID` without its angle brackets.
    public let messageID: String
    /// The `Date`, in whole seconds.
    public let date: Date
    /// What the boundaries between the parts are made from: letters and digits.
    public let boundary: String

    /// A stamp of given parts, as tests and stored mails need it.
    ///
    /// - Parameters:
    ///   - messageID: `local@domain` without angle brackets, at most 200 characters.
    ///   - date: When the mail was written; parts of a second are dropped.
    ///   - boundary: 1 to 40 letters and digits.
    /// - Throws: `MailError` when a part cannot be written into a header.
    public init(messageID: String, date: Date, boundary: String) throws {
        let sides = messageID.split(separator: "@", omittingEmptySubsequences: false)
        let isID =
            sides.count == 2 && messageID.utf8.count <= 200
            && sides.allSatisfy { side in
                !side.isEmpty && side.utf8.allSatisfy { AddressSyntax.isAtom($0) || ".[]:".utf8.contains($0) }
            }
        guard isID else { throw MailError(.header, "\(quoted(messageID)) is not a Message-ID; write local@domain.") }
        let isBoundary =
            (1...40).contains(boundary.utf8.count) && boundary.utf8.allSatisfy(AddressSyntax.isLetterOrDigit)
        guard isBoundary else { throw MailError(.header, "\(quoted(boundary)) is not 1 to 40 letters and digits.") }
        self.messageID = messageID
        self.date = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
        self.boundary = boundary
    }

    /// A new stamp: the date, then 128 random bits, at the author's domain.
    ///
    /// The date leads so that files named after the id sort by time.
    public init(
        for author: MailAddress,
        at date: Date = Date(),
        using generator: inout some RandomNumberGenerator
    ) throws {
        func random() -> String {
            let digits = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        let domain = author.domain.utf8.count <= 150 ? String(author.domain) : "mail.invalid"
        let isPlain = domain.first != "["
        try self.init(
            messageID: "\(MailDate.compact(date)).\(random())\(random())@\(isPlain ? domain : "mail.invalid")",
            date: date,
            boundary: random()
        )
    }

    /// A new stamp from the system's clock and randomness.
    public init(for author: MailAddress) throws {
        var generator = SystemRandomNumberGenerator()
        try self.init(for: author, using: &generator)
    }
}

extension MailStamp: Codable {
    private enum CodingKeys: String, CodingKey {
        case messageID, date, boundary
    }

    /// Reads and checks a stamp.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            messageID: values.decode(String.self, forKey: .messageID),
            date: Date(timeIntervalSince1970: Double(values.decode(Int64.self, forKey: .date))),
            boundary: values.decode(String.self, forKey: .boundary)
        )
    }

    /// Writes the date as whole seconds since 1970, whatever the encoder does with dates.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(messageID, forKey: .messageID)
        try values.encode(Int64(exactly: date.timeIntervalSince1970) ?? 0, forKey: .date)
        try values.encode(boundary, forKey: .boundary)
    }
}
