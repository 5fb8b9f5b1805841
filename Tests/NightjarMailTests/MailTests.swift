import Foundation
import Testing

@testable import NightjarMail

@Suite("Mail")
struct MailTests {
    @Test("strings, mailboxes and arrays of either stand for addresses")
    func spellings() throws {
        let ada = try MailAddress("Ada Lovelace <ada@example.org>")
        #expect(try Mail(to: "ada@example.org", subject: "", text: "").to.map(\.address) == ["ada@example.org"])
        #expect(try Mail(to: ada, subject: "", text: "").to == [ada])
        #expect(try Mail(to: ["a@example.org", "b@example.org"], subject: "", text: "").to.count == 2)
        #expect(try Mail(to: [ada], cc: "c@example.org", subject: "", text: "").cc.count == 1)
    }

    @Test(
        "a control character in a value bound for a header throws and is named",
        arguments: ["\r\nBcc: eve@example.org", "\n", "\r", "\0", "\u{1B}[2J", "\u{85}", "\u{7F}", "\t", "\u{2028}"]
    )
    func injection(bad: String) throws {
        let value = "x\(bad)y"
        let attempts: [() throws -> Void] = [
            { _ = try Mail(to: "a@example.org", subject: value, text: "") },
            { _ = try Mail(to: "a\(bad)@example.org", subject: "", text: "") },
            { _ = try Mail(to: "a@example.org\(bad)", subject: "", text: "") },
            { _ = try Mail(to: "\"\(value)\" <a@example.org>", subject: "", text: "") },
            { _ = try Mail(to: MailAddress(name: value, address: "a@example.org"), subject: "", text: "") },
            { _ = try Mail(from: "\"a\(bad)\"@example.org", to: "a@example.org", subject: "", text: "") },
            { _ = try Mail(to: "a@example.org", subject: "", text: "", headers: ["X-Test": value]) },
            { _ = try Mail(to: "a@example.org", subject: "", text: "", headers: ["X\(bad)": "1"]) },
            { _ = try MailAttachment(name: value, bytes: []) },
            { _ = try MailAttachment(name: "a", contentType: "text/\(value)", bytes: []) },
            { _ = try MailInline(id: value, contentType: "image/png", bytes: []) },
            { _ = try MailStamp(messageID: "\(value)@example.org", date: .now, boundary: "a") },
            { _ = try MailStamp(messageID: "a@example.org", date: .now, boundary: value) },
        ]
        for attempt in attempts {
            let error = #expect(throws: MailError.self) { try attempt() }
            let hasControl = error?.description.unicodeScalars.contains(where: isControl) ?? true
            #expect(!hasControl, "the sentence itself must be one line")
        }
    }

    @Test(
        "an address of the usual forms is taken",
        arguments: [
            ("ada@example.org", nil, "ada@example.org"),
            ("o'neil+tag@sub.example.org", nil, "o'neil+tag@sub.example.org"),
            ("Ada Lovelace <ada@example.org>", "Ada Lovelace", "ada@example.org"),
            ("<ada@example.org>", nil, "ada@example.org"),
            ("\"Lovelace, Ada \\\"Countess\\\"\" <ada@example.org>", "Lovelace, Ada \"Countess\"", "ada@example.org"),
            ("Žofie Černá <zofie@xn--hkyrky-ptac70bc.example>", "Žofie Černá", "zofie@xn--hkyrky-ptac70bc.example"),
            ("\"two words\"@example.org", nil, "\"two words\"@example.org"),
            ("\"a@b\"@example.org", nil, "\"a@b\"@example.org"),
            ("root@localhost", nil, "root@localhost"),
            ("ada@[192.0.2.1]", nil, "ada@[192.0.2.1]"),
            ("ada@[IPv6:2001:db8::1]", nil, "ada@[IPv6:2001:db8::1]"),
        ] as [(String, String?, String)]
    )
    func goodAddresses(text: String, name: String?, address: String) throws {
        let mailbox = try MailAddress(text)
        #expect(mailbox.name == name)
        #expect(mailbox.address == address)
        #expect(try MailAddress(mailbox.description) == mailbox)
    }

    @Test(
        "any other address is refused with the rule it breaks",
        arguments: [
            ("", "empty"), ("ada", "no “@”"), ("@example.org", "before the “@”"), ("ada@", "after the “@”"),
            ("a..b@example.org", "single dots"), (".a@example.org", "single dots"), ("a b@example.org", "quotes"),
            ("a@b@example.org", "two “@”"), ("a@example..org", "not a domain"), ("a@-example.org", "not a domain"),
            ("a@exa_mple.org", "not a domain"), ("a@example.org.", "not a domain"), ("a@b c.org", "not a domain"),
            ("a@bücher.example", "xn--"), ("grüße@example.org", "outside ASCII"),
            ("=?utf-8?q?eve=40example.net=3e?=@example.org", "encoded word"),
            ("\"=?x?q?a?=\"@example.org", "encoded word"),
            ("friends: a@example.org, b@example.org;", "group"), ("a@example.org, b@example.org", "two “@”"),
            ("undisclosed-recipients:;", "group"), ("Eve, Ada <a@example.org>", "one mailbox"),
            ("a@example.org> <b@example.org>", "one mailbox"), ("a@example.org <b@example.org>", "one mailbox"),
            ("\"open@example.org", "not closed"), ("\"a\"b\"@example.org", "not escaped"), ("a@[1.2.3.4", "not closed"),
            (String(repeating: "a", count: 65) + "@example.org", "64"),
            (
                "a@" + Array(repeating: String(repeating: "b", count: 60), count: 4).joined(separator: ".")
                    + ".example.org", "254"
            ),
        ]
    )
    func badAddresses(text: String, reason: String) {
        let error = #expect(throws: MailError.self) { try MailAddress(text) }
        #expect(error?.description.contains(reason) ?? false, "\(error?.description ?? "")")
        #expect(error?.kind == .address)
    }

    @Test("a mail needs a recipient, words, and headers of its own only")
    func rules() {
        #expect(throws: MailError.self) { try Mail(subject: "x", text: "y") }
        #expect(throws: MailError.self) { try Mail(to: "a@example.org", subject: "x") }
        for name in ["Bcc", "bcc", "From", "Content-Type", "DATE", "Resent-To", "X Y", "X:Y", "", "Ünder"] {
            #expect(throws: MailError.self, "\(name)") {
                try Mail(to: "a@example.org", subject: "x", text: "y", headers: [name: "z"])
            }
        }
        for value in [" x", "x ", "x" + String(repeating: " ", count: 1000) + "y"] {
            #expect(throws: MailError.self) {
                try Mail(to: "a@example.org", subject: "x", text: "y", headers: ["X-A": value])
            }
        }
        #expect(throws: MailError.self) {
            try Mail(to: "a@example.org", subject: "x", text: "y", headers: ["X-A": "1", "x-a": "2"])
        }
        #expect(throws: MailError.self) {
            try Mail(
                to: "a@example.org", subject: "x", text: "y", headers: ["X-A": String(repeating: "a", count: 1000)])
        }
    }

    @Test("each cid: in the html has its part, and each part its cid:")
    func contentIDs() throws {
        let logo = try MailInline(id: "logo", contentType: "image/png", bytes: [1])
        func mail(_ html: String?, _ inline: [MailInline]) throws {
            _ = try Mail(to: "a@example.org", subject: "", text: "t", html: html, inline: inline)
        }
        try mail("<img src='cid:logo'>", [logo])
        try mail("<IMG SRC=cid:logo>", [logo])
        try mail("<style>p { background: url(cid:logo) }</style>", [logo])
        try mail("<p>The form cid:other is explained in RFC 2392.</p>", [])
        try mail("<img alt=\"a > b\" src=\"cid:logo\">", [logo])
        try mail("<img alt='it is > \"x\"' src = 'cid:logo'>", [logo])
        try mail("<style>a:before { content: \"<\" } p { background: url('cid:logo') }</style>", [logo])
        try mail("<!-- don't --><img src=\"CID:logo\">", [logo])
        try mail("if a < b, say \"cid:other\"", [])
        #expect(throws: MailError.self) { try mail("<img src=\"cid:other\">", [logo]) }
        #expect(throws: MailError.self) { try mail("<img src=\"cid:logo\">", []) }
        #expect(throws: MailError.self) { try mail("<p>no picture</p>", [logo]) }
        #expect(throws: MailError.self) { try mail(nil, [logo]) }
        #expect(throws: MailError.self) { try mail("<img src=\"cid:logo\">", [logo, logo]) }
    }

    @Test("files are names, not paths, of types that may be encoded")
    func files() {
        for name in ["", " ", "../etc/passwd", "a\\b", String(repeating: "ü", count: 128)] {
            #expect(throws: MailError.self, "\(name)") { try MailAttachment(name: name, bytes: []) }
        }
        for type in ["png", "image/", "/png", "image/p ng", "message/rfc822", "multipart/mixed", "text/plain; charset"]
        {
            #expect(throws: MailError.self, "\(type)") { try MailAttachment(name: "a", contentType: type, bytes: []) }
        }
    }

    @Test("a mail survives being stored, and what is empty takes no room")
    func codable() throws {
        let mail = try Mail(
            from: "Ada <ada@example.org>",
            to: ["a@example.org"],
            cc: "c@example.org",
            bcc: "d@example.org",
            replyTo: "r@example.org",
            subject: "Grüße",
            text: "hello",
            html: "<img src=cid:x>",
            attachments: [MailAttachment(name: "a.bin", bytes: [0, 255])],
            inline: [MailInline(id: "x", name: "x.png", contentType: "image/png", bytes: [1, 2])],
            headers: ["X-A": "1"]
        )
        let message = try MailMessage(mail, defaultAuthor: nil, stamp: .fixed())
        let stored = try JSONEncoder().encode(message)
        let read = try JSONDecoder().decode(MailMessage.self, from: stored)
        #expect(read == message)
        #expect(read.encoded() == message.encoded(), "every retry sends the same bytes")
        let small = try JSONEncoder().encode(Mail(to: "a@example.org", subject: "s", text: "t"))
        #expect(small.count < 75)
    }

    @Test("a stored mail that was tampered with is refused when it is read")
    func tampered() throws {
        let forged = #"{"to":[{"address":"a@example.org>\r\nRCPT TO:<b@example.org"}],"subject":"s","text":"t"}"#
        #expect(throws: MailError.self) { try JSONDecoder().decode(Mail.self, from: Data(forged.utf8)) }
        let subject = #"{"to":[{"address":"a@example.org"}],"subject":"s\r\nBcc: b@example.org","text":"t"}"#
        #expect(throws: MailError.self) { try JSONDecoder().decode(Mail.self, from: Data(subject.utf8)) }
    }

    @Test("every mailbox gets a mail once")
    func recipients() throws {
        let mail = try Mail(
            to: ["a@Example.org", "Ada <a@example.org>"],
            cc: "b@example.org",
            bcc: ["a@example.ORG", "A@example.org"],
            subject: "",
            text: ""
        )
        #expect(mail.recipients.map(\.address) == ["a@Example.org", "b@example.org", "A@example.org"])
    }

    @Test("without an author of its own a mail has the configured one, and without either it says what to set")
    func author() throws {
        let mail = try Mail(to: "a@example.org", subject: "s", text: "t")
        #expect(try MailMessage(mail, defaultAuthor: MailAddress("r@example.org")).author.address == "r@example.org")
        let error = #expect(throws: MailError.self) { try MailMessage(mail, defaultAuthor: nil) }
        #expect(error?.description.contains("MAIL_FROM") ?? false)
    }

    @Test("a redirected mail goes to one mailbox and keeps its addressees readable, hidden ones excepted")
    func redirected() throws {
        let mail = try Mail(
            to: ["Ada <a@example.org>", "b@example.org"],
            cc: "c@example.org",
            bcc: "secret@example.org",
            subject: "s",
            text: "t"
        )
        let redirected = try mail.redirected(to: MailAddress("dev@example.net"))
        #expect(redirected.recipients.map(\.address) == ["dev@example.net"])
        #expect(
            redirected.headers == ["X-Original-To": "a@example.org, b@example.org", "X-Original-Cc": "c@example.org"])
        #expect(!String(decoding: try redirected.bytes(), as: UTF8.self).contains("secret@"))
        let crowd = try Mail(to: (0..<200).map { "someone-\($0)@example.org" }, subject: "s", text: "t")
        let lines = try crowd.redirected(to: MailAddress("dev@example.net")).bytes().split(separator: 10)
        #expect(lines.allSatisfy { $0.count <= 78 })
    }

    @Test("a new stamp is unlike any other, carries the author's domain and survives being stored")
    func stamps() throws {
        let author = try MailAddress("robot@example.org")
        let stamps = try (0..<100).map { _ in try MailStamp(for: author) }
        #expect(Set(stamps.map(\.messageID)).count == 100)
        #expect(stamps.allSatisfy { $0.messageID.hasSuffix("@example.org") })
        #expect(try JSONDecoder().decode(MailStamp.self, from: JSONEncoder().encode(stamps[0])) == stamps[0])
        var generator = SeededGenerator(state: 7)
        var again = SeededGenerator(state: 7)
        let noon = Date(timeIntervalSince1970: 43_200)
        let (first, second) = try (
            MailStamp(for: author, at: noon, using: &generator), MailStamp(for: author, at: noon, using: &again)
        )
        #expect(first == second)
        #expect(try MailStamp(for: MailAddress("a@[192.0.2.1]")).messageID.hasSuffix("@mail.invalid"))
    }
}
