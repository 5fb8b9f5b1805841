// From a stamped mail to the bytes on the wire.
//
//     mixed                       when there are attachments
//     ├─ related                  when the html shows inline parts
//     │  ├─ alternative           when there is html
//     │  │  ├─ text/plain         given, or made from the html
//     │  │  └─ text/html
//     │  └─ inline …
//     └─ attachment …
//
// Pure: the same message gives the same bytes. Everything is ASCII, every line ends in CRLF and has at most 998
// characters, and no line begins with a dot or with “From ”, so no hop on the way has a reason to change it. Bcc is
// not written.

enum MIMEEncoder {
    static func encode(_ message: MailMessage) -> [UInt8] {
        let mail = message.mail
        var headers: [String] = [
            HeaderField.plain("Date", MailDate.rfc5322(message.stamp.date)),
            HeaderField.addresses("From", [message.author]),
        ]
        if !mail.replyTo.isEmpty { headers.append(HeaderField.addresses("Reply-To", mail.replyTo)) }
        if mail.to.isEmpty, mail.cc.isEmpty {
            // A mail to hidden readers only: RFC 5322's empty group says so, where no To at all looks like spam.
            headers.append(HeaderField.plain("To", "undisclosed-recipients:;"))
        } else if !mail.to.isEmpty {
            headers.append(HeaderField.addresses("To", mail.to))
        }
        if !mail.cc.isEmpty { headers.append(HeaderField.addresses("Cc", mail.cc)) }
        headers.append(HeaderField.text("Subject", mail.subject, longest: 60))
        headers.append(HeaderField.plain("Message-ID", "<\(message.stamp.messageID)>"))
        for (name, value) in mail.headers.sorted(by: { $0.key < $1.key }) {
            headers.append(HeaderField.text(name, value))
        }
        headers.append(HeaderField.plain("MIME-Version", "1.0"))

        var bytes: [UInt8] = []
        for header in headers { bytes += header.utf8 }
        body(of: mail).write(to: &bytes, boundary: message.stamp.boundary)
        return bytes
    }

    private static func body(of mail: Mail) -> MIMEPart {
        var body = MIMEPart.text(mail.text ?? mail.html.map(TextFromHTML.text) ?? "", subtype: "plain")
        if let html = mail.html {
            body = .multipart("alternative", [body, .text(html, subtype: "html")])
        }
        if !mail.inline.isEmpty {
            body = .multipart("related", [body] + mail.inline.map(MIMEPart.inline), root: "multipart/alternative")
        }
        if !mail.attachments.isEmpty {
            body = .multipart("mixed", [body] + mail.attachments.map(MIMEPart.attachment))
        }
        return body
    }
}
