// A mail that is ready to leave: who wrote it is settled, and its stamp is fixed.
//
// The Codable form is what a job carries: no credential, no server name, only the mail.

/// A stamped mail, the same bytes at every attempt.
public struct MailMessage: Hashable, Codable, Sendable {
    /// The mail.
    public let mail: Mail
    /// Its author: the mail's own, or the configured one.
    public let author: MailAddress
    /// Its identity.
    public let stamp: MailStamp

    /// Settles the author and stamps the mail.
    ///
    /// - Parameters:
    ///   - mail: The mail.
    ///   - defaultAuthor: The configured `MAIL_FROM`, for mails without an author of their own.
    ///   - stamp: Its identity; nil for a new one from the system's clock and randomness.
    /// - Throws: `MailError` when nobody is the author.
    public init(_ mail: Mail, defaultAuthor: MailAddress?, stamp: MailStamp? = nil) throws {
        guard let author = mail.from ?? defaultAuthor else {
            throw MailError(
                .configuration,
                "The mail \(quoted(mail.subject)) has no author: set MAIL_FROM, such as "
                    + "“Example <hello@example.org>”, or give it a “from”."
            )
        }
        self.mail = mail
        self.author = author
        self.stamp = try stamp ?? MailStamp(for: author)
    }

    /// The envelope for everyone the mail goes to.
    public var envelope: MailEnvelope {
        MailEnvelope(sender: author, recipients: mail.recipients, messageID: stamp.messageID)
    }

    /// The finished mail: headers and body, every line ended by CRLF, nothing but ASCII.
    public func encoded() -> [UInt8] {
        MIMEEncoder.encode(self)
    }
}
