package import struct Foundation.Date

/// A mail in an outbox.
package struct KeptMail: Codable, Sendable {
    /// What a list shows of a mail.
    package struct Summary: Codable, Sendable {
        /// The mail's name in its outbox.
        package var name: String
        package var subject: String
        package var from: String
        package var to: String
        package var date: Date
        package var attachments: Int
    }

    package var message: MailMessage
    /// Who would have got it, hidden recipients included.
    package var recipients: [MailAddress]

    /// The text, made from the html if there was none.
    package var text: String { message.mail.text ?? message.mail.html.map(TextFromHTML.text) ?? "" }

    /// The headers as they would have left, unfolded and still encoded.
    package var headers: [(name: String, value: String)] { LogTransport.headers(of: message.encoded()) }

    /// The html with its inline parts inside it, so that it can be shown on its own.
    package var html: String? {
        // The longest id first: one may be how another begins.
        let parts = message.mail.inline.sorted { $0.id.utf8.count > $1.id.utf8.count }
        return parts.reduce(message.mail.html) { html, part in
            let type = part.contentType.prefix { $0 != ";" }
            return html?.replacing("cid:\(part.id)", with: "data:\(type);base64," + Base64Lines.string(part.bytes))
        }
    }

    func summary(name: String) -> Summary {
        Summary(
            name: name, subject: message.mail.subject, from: message.author.shown,
            to: recipients.map(\.shown).joined(separator: ", "), date: message.stamp.date,
            attachments: message.mail.attachments.count)
    }
}

extension MailAddress {
    /// The mailbox for people: as mail programs show it, not as they would read it back.
    package var shown: String { name.map { "\($0) <\(address)>" } ?? address }
}
