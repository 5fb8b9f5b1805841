// From whom and to whom a mail travels. It holds MailAddress values only, so nothing in it can end an SMTP command.

/// What a mail server is told about a mail, apart from its content.
public struct MailEnvelope: Hashable, Codable, Sendable {
    /// Where bounces go.
    public let sender: MailAddress
    /// Who gets it, hidden recipients included.
    public let recipients: [MailAddress]
    /// The `Message-ID` of the mail inside, without angle brackets, for logs and file names.
    public let messageID: String

    /// An envelope.
    public init(sender: MailAddress, recipients: [MailAddress], messageID: String) {
        self.sender = sender
        self.recipients = recipients
        self.messageID = messageID
    }

    /// The same envelope for some of its recipients: what is sent again after a part was delivered.
    public func only(_ recipients: [MailAddress]) -> MailEnvelope {
        let wanted = Set(recipients.map(\.mailbox))
        return MailEnvelope(
            sender: sender,
            recipients: self.recipients.filter { wanted.contains($0.mailbox) },
            messageID: messageID
        )
    }
}
