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
        guard let html = message.mail.html else { return nil }
        return ContentIDs.replacing(in: html) { id in
            message.mail.inline.first { $0.id == id }.map { part in
                "data:\(part.contentType.prefix { $0 != ";" });base64," + Base64Lines.string(part.bytes)
            }
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
