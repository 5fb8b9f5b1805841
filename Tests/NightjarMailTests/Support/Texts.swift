// Texts that break careless encoders, by hand and at random.

import Testing

@testable import NightjarMail

enum Texts {
    static let tricky: [String] = [
        "plain", "two words", "a  b   c", "comma, semi; colon: <angle> (paren) [bracket] @ \"quote\" back\\slash",
        "déjà vu", "統一 подпись Ünïcödé 😀👩‍👩‍👧‍👦🇫🇷", "e\u{301}\u{323} combining", "=?utf-8?q?not_encoded?=", "a =?x",
        "100% = 3/4 'quoted' ?=", " leading", "trailing ", " ", "\u{202E}right to left", "ﷺ\u{200B}\u{FEFF}zero",
        String(repeating: "long ", count: 60) + "end", String(repeating: "ä", count: 120),
        String(repeating: "😀", count: 60), String(repeating: "x", count: 250), String(repeating: "a b", count: 70),
        "utf-8''tricky%20name", "name=\"x\"; filename=y", "ends with dot.", "_under_score_", "?", "A. B. C.",
    ]

    private static let alphabets: [[Unicode.Scalar]] = [
        Array(" abc def".unicodeScalars), Array(" .,;:<>@()[]\"\\=?_%'*-/".unicodeScalars),
        Array("äöüéñ ß€".unicodeScalars),
        Array("統一日本語かな подпись".unicodeScalars), Array("😀🇫🇷👩‍👧\u{301}\u{200D}".unicodeScalars),
    ]

    static func words(upTo limit: Int, using generator: inout some RandomNumberGenerator) -> String {
        var view = String.UnicodeScalarView()
        let alphabet = alphabets.randomElement(using: &generator) ?? []
        let second = alphabets.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...limit, using: &generator) {
            let source = Int.random(in: 0..<4, using: &generator) == 0 ? second : alphabet
            if let scalar = source.randomElement(using: &generator) { view.append(scalar) }
        }
        return String(view)
    }

    /// The text without what makes it a path.
    static func fileName(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "/" || $0 == "\\" ? "-" : $0 }))
    }

    static func body(using generator: inout some RandomNumberGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            text += [".", "From ", "", "=", " "].randomElement(using: &generator) ?? ""
            if Bool.random(using: &generator) { text += words(upTo: 200, using: &generator) }
            text += ["\n", "\r\n", "\r", " \n", "\t\n", ""].randomElement(using: &generator) ?? ""
        }
        return text
    }

    static func mail(using generator: inout some RandomNumberGenerator) throws -> Mail {
        func mailboxes(_ range: ClosedRange<Int>) throws -> [MailAddress] {
            try (0..<Int.random(in: range, using: &generator)).map { index in
                let name = Bool.random(using: &generator) ? words(upTo: 60, using: &generator) : nil
                return try MailAddress(name: name, address: "user\(index)+x@example.org")
            }
        }
        var files: [MailAttachment] = []
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            let name = "f" + fileName(words(upTo: 50, using: &generator))
            let bytes = (0..<Int.random(in: 0...500, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            files.append(try MailAttachment(name: name, bytes: bytes))
        }
        let hasHTML = Bool.random(using: &generator)
        return try Mail(
            to: mailboxes(1...4),
            cc: mailboxes(0...2),
            bcc: mailboxes(0...2),
            subject: words(upTo: 150, using: &generator),
            text: !hasHTML || Bool.random(using: &generator) ? body(using: &generator) : nil,
            html: hasHTML ? "<p>" + body(using: &generator) : nil,
            attachments: files,
            headers: ["X-Random": words(upTo: 100, using: &generator).trimmingSpaces()]
        )
    }

    static let headersOfAMail: Set<String> = [
        "date", "from", "to", "cc", "reply-to", "subject", "message-id", "mime-version", "content-type",
        "content-transfer-encoding", "x-test",
    ]

    private static let attacks = [
        "\r\n", "\n", "\r", "\0", "\u{85}", "\u{2028}", "\r\n.\r\n", "\n.\n", "\r\n\r\n", "RCPT TO:<eve@example.org>",
        "MAIL FROM:<eve@example.org>", "Bcc: eve@example.org", "=?utf-8?q?=0D=0ABcc:_eve?=", "<", ">", "\"", "\\", "@",
        ",",
        ";", ":", " ", ".", "é", "eve@example.org", "DATA", "--=_", "utf-8''%0d%0a",
    ]

    /// What somebody might type who wants more than one mail to leave.
    private static func attack(using generator: inout some RandomNumberGenerator) -> String {
        (0..<Int.random(in: 1...4, using: &generator)).map { _ in attacks.randomElement(using: &generator) ?? "" }
            .joined()
    }

    /// A mail with attacks in every part, of which some are refused.
    static func hostileMail(using generator: inout some RandomNumberGenerator) throws -> Mail {
        func part(_ harmless: String) -> String {
            Int.random(in: 0..<4, using: &generator) == 0 ? harmless + attack(using: &generator) : harmless
        }
        let name = part("Ada")
        let address = part("ada") + "@example.org"
        return try Mail(
            to: Bool.random(using: &generator)
                ? MailAddress(name: name, address: address) : MailAddress(part("\(name) <\(address)>")),
            cc: part("cc@example.org"),
            bcc: "hidden@example.org",
            replyTo: MailAddress(name: part("Answers"), address: "re@example.org"),
            subject: part("Hello"),
            text: attack(using: &generator) + attack(using: &generator),
            html: Bool.random(using: &generator) ? "<p>" + attack(using: &generator) : nil,
            attachments: [MailAttachment(name: fileName(part("a.txt")), contentType: part("text/plain"), bytes: [46])],
            headers: ["X-Test": part("1").trimmingSpaces()]
        )
    }
}
