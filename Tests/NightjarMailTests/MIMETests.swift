import Foundation
import Testing

@testable import NightjarMail

@Suite("MIME")
struct MIMETests {
    private func golden(_ mail: Mail) throws -> String {
        String(decoding: try mail.bytes(), as: UTF8.self).replacing("\r\n", with: "\n")
    }

    @Test("a text mail is these bytes")
    func plain() throws {
        let mail = try Mail(
            from: "Ada Lovelace <ada@example.org>",
            to: ["\"Babbage, Charles\" <charles@example.org>", "Zoë <zoe@example.org>"],
            bcc: "hidden@example.org",
            subject: "Notes = numbers",
            text: "Dear all,\n\n.dot\nFrom here on\ncafé = 1 \n"
        )
        #expect(
            try golden(mail) == """
                Date: Fri, 21 Nov 2025 04:38:05 +0000
                From: Ada Lovelace <ada@example.org>
                To: "Babbage, Charles" <charles@example.org>, =?utf-8?q?Zo=C3=AB?=
                 <zoe@example.org>
                Subject: Notes = numbers
                Message-ID: <20251121043805.42@example.org>
                MIME-Version: 1.0
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                Dear all,

                =2Edot
                =46rom here on
                caf=C3=A9 =3D 1=20

                """
        )
    }

    @Test("a mail with everything is this tree")
    func everything() throws {
        let mail = try Mail(
            to: "a@example.org",
            cc: "c@example.org",
            replyTo: "r@example.org",
            subject: "Ünïcödé: 統一 подпись",
            html: "<h1>Hi</h1><p>Look: <img src=\"cid:logo\" alt=\"our logo\"></p>",
            attachments: [MailAttachment(name: "prix €.pdf", contentType: "application/pdf", bytes: [1, 2, 3])],
            inline: [MailInline(id: "logo", name: "logo.png", contentType: "image/png", bytes: [4, 5, 6])],
            headers: ["X-Second": "2", "List-Unsubscribe": "<https://example.org/u/1>"]
        )
        #expect(
            try golden(mail) == """
                Date: Fri, 21 Nov 2025 04:38:05 +0000
                From: robot@example.org
                Reply-To: r@example.org
                To: a@example.org
                Cc: c@example.org
                Subject: =?utf-8?b?w5xuw69jw7Zkw6k6IOe1seS4gCDQv9C+0LTQv9C40YHRjA==?=
                Message-ID: <20251121043805.42@example.org>
                List-Unsubscribe: <https://example.org/u/1>
                X-Second: 2
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary="=_b0undary"

                --=_b0undary
                Content-Type: multipart/related; type="multipart/alternative";
                 boundary="=_b0undary_0"

                --=_b0undary_0
                Content-Type: multipart/alternative; boundary="=_b0undary_0_0"

                --=_b0undary_0_0
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                Hi

                Look: our logo

                --=_b0undary_0_0
                Content-Type: text/html; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                <h1>Hi</h1><p>Look: <img src=3D"cid:logo" alt=3D"our logo"></p>

                --=_b0undary_0_0--

                --=_b0undary_0
                Content-Type: image/png
                Content-Transfer-Encoding: base64
                Content-Disposition: inline; filename="logo.png"
                Content-ID: <logo>

                BAUG

                --=_b0undary_0--

                --=_b0undary
                Content-Type: application/pdf
                Content-Transfer-Encoding: base64
                Content-Disposition: attachment; filename*=utf-8''prix%20%E2%82%AC.pdf

                AQID

                --=_b0undary--

                """
        )
    }

    @Test("Python reads each shape of mail back without a defect")
    func shapes() throws {
        let file = try MailAttachment(
            name: "a.txt", contentType: "text/plain; charset=utf-8", bytes: Array("a\nb".utf8))
        let logo = try MailInline(id: "logo@example.org", contentType: "image/png", bytes: [1])
        let html = "<p>Look <img src='cid:logo@example.org'></p>"
        let expected: [(Mail, String)] = [
            (try Mail(to: "a@example.org", subject: "", text: ""), "plain"),
            (try Mail(bcc: "a@example.org", subject: "s", text: "t"), "plain"),
            (try Mail(to: "a@example.org", subject: "s", text: "t", html: "<p>t"), "alternative(plain, html)"),
            (try Mail(to: "a@example.org", subject: "s", text: "t", attachments: [file]), "mixed(plain, plain)"),
            (
                try Mail(to: "a@example.org", subject: "s", html: html, inline: [logo]),
                "related(alternative(plain, html), png)"
            ),
            (
                try Mail(to: "a@example.org", subject: "s", html: html, attachments: [file, file], inline: [logo]),
                "mixed(related(alternative(plain, html), png), plain, plain)"
            ),
        ]
        let parsed = try Python.read(expected.map { try $0.0.bytes() })
        for (part, (_, shape)) in zip(parsed, expected) {
            #expect(part.shape == shape)
            #expect(part.allDefects == [])
        }
        #expect(parsed[1].header("To") == "undisclosed-recipients:;")
        #expect(parsed[3].parts[1].bytes == Array("a\nb".utf8))
        #expect(parsed[4].parts[1].id == "<logo@example.org>")
        #expect(parsed[4].parts[1].disposition == "inline")
    }

    @Test("subjects, names and file names of any kind come back as they were", arguments: 0..<Texts.tricky.count)
    func tricky(index: Int) throws {
        let text = Texts.tricky[index]
        let fileName = Texts.fileName(text)
        let mail = try Mail(
            to: [MailAddress(name: text, address: "a@example.org"), MailAddress("b@example.org")],
            subject: text,
            text: text,
            attachments: fileName.utf8.count <= 255 && !fileName.trimmingSpaces().isEmpty
                ? [MailAttachment(name: fileName, bytes: [1])] : [],
            headers: ["X-Text": text.trimmingSpaces()]
        )
        let part = try Python.read(mail.bytes())
        #expect(part.allDefects == [])
        #expect(part.header("Subject") == text)
        #expect(part.header("X-Text") == text.trimmingSpaces())
        #expect(part.addresses("To") == [[text, "a@example.org"], ["", "b@example.org"]])
        #expect((part.parts.first ?? part).text == text + "\r\n")
        if let file = part.parts.last { #expect(file.filename == fileName) }
        checkLines(try mail.bytes())
    }

    @Test("random mails come back as they were")
    func random() throws {
        var generator = SeededGenerator.printed("random mails come back as they were")
        var mails: [Mail] = []
        for _ in 0..<300 {
            mails.append(try Texts.mail(using: &generator))
        }
        let parsed = try Python.read(mails.map { try $0.bytes() })
        for (mail, part) in zip(mails, parsed) {
            checkLines(try mail.bytes())
            #expect(part.allDefects == [])
            #expect(part.header("Subject") == mail.subject)
            #expect(part.addresses("To") == mail.to.map { [$0.name ?? "", $0.address] })
            #expect(part.addresses("Cc") == mail.cc.map { [$0.name ?? "", $0.address] })
            #expect(part.header("Bcc") == nil)
            for (name, value) in mail.headers { #expect(part.header(name) == value) }
            let leaves = part.allParts.filter { $0.parts.isEmpty }
            let files = leaves.filter { $0.disposition == "attachment" }
            #expect(files.map(\.filename) == mail.attachments.map { Optional($0.name) })
            #expect(files.map(\.bytes) == mail.attachments.map { Optional($0.bytes) })
            if let text = mail.text { #expect(leaves.first { $0.type == "text/plain" }?.text == canonical(text)) }
            if let html = mail.html { #expect(leaves.first { $0.type == "text/html" }?.text == canonical(html)) }
        }
    }

    @Test("text that says what SMTP or a mailbox file would take for its own stays text")
    func hostileBodies() throws {
        let bodies = [
            "\n.\n", "\r\n.\r\nMAIL FROM:<eve@example.org>\r\n", ".", "..", ".\n.\n.", "From eve\nFrom: x", "\r.\r",
            "--=_b0undary\n--=_b0undary--", "=_b0undary", "a\0b", String(repeating: ".", count: 500),
            String(repeating: "x", count: 74) + ".y", String(repeating: "x", count: 75) + "From y",
        ]
        let mails = try bodies.map { try Mail(to: "a@example.org", subject: "s", text: $0, html: $0) }
        for ((body, mail), part) in zip(zip(bodies, mails), try Python.read(mails.map { try $0.bytes() })) {
            checkLines(try mail.bytes())
            #expect(part.allDefects == [])
            #expect(part.parts.map(\.text) == [canonical(body), canonical(body)])
        }
    }

    @Test("text is written in the shorter of quoted-printable and base64")
    func choice() throws {
        func encoding(_ text: String) throws -> String {
            try Python.read(Mail(to: "a@example.org", subject: "s", text: text).bytes()).encoding
        }
        #expect(try encoding("Mostly ASCII, déjà vu.") == "quoted-printable")
        #expect(try encoding("これは日本語の本文です。") == "base64")
        for count in 0..<200 {
            #expect(Base64Lines.encode([UInt8](repeating: 1, count: count)).count == Base64Lines.length(count))
        }
    }

    @Test("the longest name before encoded words leaves their lines short, and a longer one throws")
    func longNames() throws {
        func mail(_ length: Int) throws -> Mail {
            let value = String(repeating: "😀 ", count: 60) + "end"
            return try Mail(
                to: "a@example.org", subject: "s", text: "t",
                headers: ["X" + String(repeating: "n", count: length - 1): value])
        }
        let bytes = try mail(HeaderField.longestEncodedName).bytes()
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(try Python.read(bytes).headers.contains { $0.value == String(repeating: "😀 ", count: 60) + "end" })
        #expect(throws: MailError.self) { try mail(HeaderField.longestEncodedName + 1) }
    }

    @Test("a name of nothing but quotes leaves its line short")
    func quotes() throws {
        let name = String(repeating: "\"\\", count: 30)
        let mail = try Mail(to: MailAddress(name: name, address: "a@example.org"), subject: "s", text: "t")
        checkLines(try mail.bytes())
        #expect(try Python.read(mail.bytes()).addresses("To") == [[name, "a@example.org"]])
    }

    @Test("a thousand recipients fold into short lines")
    func crowd() throws {
        let mail = try Mail(to: (0..<1000).map { "Person \($0) <p\($0)@example.org>" }, subject: "s", text: "t")
        checkLines(try mail.bytes())
        #expect(try Python.read(mail.bytes()).addresses("To").count == 1000)
    }

    /// ASCII, CRLF alone, at most 78 characters, no dot and no “From ” in front.
    private func checkLines(_ bytes: [UInt8], _ place: SourceLocation = #_sourceLocation) {
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(bytes.allSatisfy { $0 < 0x80 && $0 != 0 }, sourceLocation: place)
        #expect(LineEnds.normalised(bytes) == bytes, sourceLocation: place)
        let lines = text.components(separatedBy: "\r\n")
        #expect(lines.last == "", sourceLocation: place)
        // A header of the user's own may hold a word that cannot be broken, on its first line or a later one.
        var isOwn = false
        let long = lines.filter { line in
            isOwn = line.hasPrefix("X-") || isOwn && line.hasPrefix(" ")
            return line.utf8.count > 78 && !isOwn
        }
        #expect(long == [], sourceLocation: place)
        #expect(lines.allSatisfy { $0.utf8.count <= 998 }, sourceLocation: place)
        #expect(!lines.contains { $0.hasPrefix(".") || $0.hasPrefix("From ") }, sourceLocation: place)
    }

    private func canonical(_ text: String) -> String {
        String(decoding: LineEnds.terminated(LineEnds.normalised(Array(text.utf8))), as: UTF8.self)
    }
}
