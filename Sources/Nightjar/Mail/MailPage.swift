// What the preview's page shows, as its template wants it. Pure.

import Foundation
import NightjarMail

/// A kept mail with its name.
struct KeptLetter {
    let name: String
    let mail: KeptMail

    init(_ name: String, _ mail: KeptMail) {
        self.name = name
        self.mail = mail
    }
}

/// The page of the preview.
struct MailPage: Sendable {
    struct Row: Sendable {
        var link: String
        var subject: String
        var to: String
        var time: String
        var isCurrent: Bool
        var files: Int?
    }

    struct Field: Sendable {
        var name: String
        var value: String
    }

    struct File: Sendable {
        var name: String
        var link: String
        var size: String
    }

    struct View: Sendable {
        var name: String
        var link: String
        var isCurrent: Bool
    }

    struct Letter: Sendable {
        var subject: String
        var fields: [Field]
        var views: [View]
        var frame: String?
        var text: String?
        var headers: [Field]
        var files: [File]
        var source: String
    }

    var path = MailPreview.path
    var folder: String
    var isIndex: Bool
    var title: String
    var rows: [Row]
    var letter: Letter?

    /// - Parameters:
    ///   - list: All mails, the newest first.
    ///   - letter: The one that is open.
    ///   - wanted: How it is looked at: `html`, `text` or `headers`; the first there is otherwise.
    ///   - isIndex: Whether it is open only because it is the newest.
    ///   - folder: Where mails are kept.
    init(list: [KeptMail.Summary], letter: KeptLetter?, wanted: String?, isIndex: Bool, folder: String) {
        self.folder = folder
        self.isIndex = isIndex
        title = isIndex ? "Mails" : letter.map { $0.mail.message.mail.subject } ?? "Mails"
        rows = list.map { mail in
            Row(
                link: Self.link(mail.name), subject: Self.shown(mail.subject), to: mail.to, time: Self.time(mail.date),
                isCurrent: mail.name == letter?.name, files: mail.attachments > 0 ? mail.attachments : nil)
        }
        self.letter = letter.map { Self.letter($0, wanted: wanted) }
    }

    private static func letter(_ kept: KeptLetter, wanted: String?) -> Letter {
        let message = kept.mail.message
        let mail = message.mail
        let link = link(kept.name)
        let possible = (mail.html == nil ? [] : ["html"]) + ["text", "headers"]
        let view = possible.first { $0 == wanted } ?? possible[0]
        var fields = [Field(name: "From", value: message.author.shown)]
        for (name, addresses) in [("To", mail.to), ("Cc", mail.cc), ("Bcc", mail.bcc), ("Reply-To", mail.replyTo)]
        where !addresses.isEmpty {
            fields.append(Field(name: name, value: addresses.map(\.shown).joined(separator: ", ")))
        }
        fields.append(Field(name: "Date", value: time(message.stamp.date)))
        return Letter(
            subject: shown(mail.subject),
            fields: fields,
            views: possible.map { View(name: label($0), link: "\(link)?view=\($0)", isCurrent: $0 == view) },
            frame: view == "html" ? "\(link)/html" : nil,
            text: view == "text" ? kept.mail.text : nil,
            headers: view == "headers" ? kept.mail.headers.map { Field(name: $0.name, value: $0.value) } : [],
            files: mail.attachments.enumerated().map { index, file in
                File(
                    name: file.name, link: "\(link)/files/\(index)", size: ByteCount.bytes(file.bytes.count).description
                )
            },
            source: "\(link)/source"
        )
    }

    private static func label(_ view: String) -> String {
        switch view {
        case "html": "HTML"
        case "text": "Text"
        default: "Headers"
        }
    }

    private static func link(_ name: String) -> String { "\(MailPreview.path)/\(PercentCoding.encode(name))" }

    private static func shown(_ subject: String) -> String { subject.isEmpty ? "(no subject)" : subject }

    private static func time(_ date: Date) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(timeZone: .current).year().month().day().dateSeparator(.dash)
                .dateTimeSeparator(.space).time(includingFractionalSeconds: false).timeSeparator(.colon))
    }
}
