import Testing

@testable import NightjarMail

@Suite("What a dialogue means")
struct VerdictTests {
    /// A dialogue from lines: `> ` what we say, `< ` what the server says.
    private func dialogue(_ script: String, mask: SecretMask = SecretMask()) -> SMTPDialogue {
        var dialogue = SMTPDialogue(mask: mask)
        for line in script.split(separator: "\n").map({ $0.trimmingSpaces() }) {
            let text = String(line.dropFirst(2))
            if line.hasPrefix("> ") { dialogue.sent(text + "\r\n") } else { dialogue.received(text + "\r\n") }
        }
        return dialogue
    }

    private func kinds(
        _ script: String, _ ending: SMTPEnding, recipients: Int = 1, handedOver: Bool = false
    ) -> [String] {
        SMTPVerdict.outcomes(
            dialogue(script),
            ending,
            recipients: recipients,
            handedOver: handedOver,
            server: "mail.example.org:587"
        )
        .map(\.kind)
    }

    private static let hello = "< 220 hi\n> EHLO me\n< 250-you\n< 250 SIZE\n"
    private static let sender = hello + "> MAIL FROM:<r@example.org>\n< 250 ok\n"
    private static let one = sender + "> RCPT TO:<a@example.org>\n< 250 ok\n"
    private static let data = one + "> DATA\n< 354 go\n"

    @Test(
        "each answer at each step has one meaning",
        arguments: [
            ("< 421 busy", "retry"), ("< 554 no service", "retry"),
            ("< 220 hi\n> EHLO me\n< 501 bad name", "retry"), ("< 220 hi\n> EHLO me\n< 450 later", "retry"),
            (hello + "> STARTTLS\n< 454 not now", "retry"), (hello + "> STARTTLS\n< 501 no", "pauseQueue"),
            (hello + "> AUTH PLAIN\n< 454 later", "retry"), (hello + "> AUTH PLAIN\n< 535 wrong", "pauseQueue"),
            (hello + "> AUTH LOGIN\n< 334 VXNlcg==\n> YWRh\n< 535 wrong", "pauseQueue"),
            (hello + "> MAIL FROM:<r@example.org>\n< 451 later", "retry"),
            (hello + "> MAIL FROM:<r@example.org>\n< 550 not you", "refused"),
            (hello + "> MAIL FROM:<r@example.org>\n< 530 sign in first", "pauseQueue"),
            (hello + "> MAIL FROM:<r@example.org>\n< 552 5.3.4 too big", "refused"),
            (sender + "> RCPT TO:<a@example.org>\n< 450 greylisted", "retry"),
            (sender + "> RCPT TO:<a@example.org>\n< 550 no such user", "refused"),
            (sender + "> RCPT TO:<a@example.org>\n< 552 too many recipients", "retry"),
            (sender + "> RCPT TO:<a@example.org>\n< 552 5.2.2 mailbox full", "refused"),
            (sender + "> RCPT TO:<a@example.org>\n< 530 5.7.0 authentication required", "pauseQueue"),
            (sender + "> RCPT TO:<a@example.org>\n< 250-a\n< 250 b\n> DATA\n< 451 later", "retry"),
            (one + "> DATA\n< 554 no valid recipients", "refused"),
            (data + "< 250 queued", "delivered"), (data + "< 451 later", "retry"), (data + "< 554 spam", "refused"),
            (data + "< 552 quota", "refused"),
        ]
    )
    func answers(script: String, expected: String) {
        #expect(kinds(script, .lost("gone"), handedOver: script.hasPrefix(Self.data)) == [expected])
    }

    @Test(
        "without an answer the ending decides",
        arguments: [
            (SMTPEnding.lost("no such host"), "retry"), (.insecure("expired"), "pauseQueue"),
            (.unauthorised("no common mechanism"), "pauseQueue"), (.misconfigured("bad URL"), "pauseQueue"),
        ]
    )
    func endings(ending: SMTPEnding, expected: String) {
        #expect(kinds("", ending) == [expected])
        #expect(kinds("< 220 hi\n> EHLO me\n< 250 you", ending) == [expected])
    }

    @Test("a connection lost before the last byte is tried again, after it it is ambiguous")
    func finalDot() {
        #expect(kinds(Self.data, .lost("reset"), handedOver: false) == ["retry"])
        #expect(kinds(Self.data, .lost("reset"), handedOver: true) == ["ambiguous"])
        #expect(kinds(Self.data, .completed, handedOver: true) == ["ambiguous"])
        #expect(kinds(Self.data, .cancelled, handedOver: true) == ["ambiguous"])
    }

    @Test("whoever is refused stays refused, and the others share the fate of the mail")
    func recipients() {
        let three =
            Self.sender + "> RCPT TO:<a@example.org>\n< 550 no\n> RCPT TO:<b@example.org>\n< 451 later\n"
            + "> RCPT TO:<c@example.org>\n< 250 ok\n> DATA\n< 354 go\n"
        #expect(
            kinds(three + "< 250 ok", .completed, recipients: 3, handedOver: true) == ["refused", "retry", "delivered"])
        #expect(kinds(three, .lost("x"), recipients: 3, handedOver: true) == ["refused", "retry", "ambiguous"])
        #expect(
            kinds(three + "< 554 x", .lost("x"), recipients: 3, handedOver: true) == ["refused", "retry", "refused"])
        let cut = Self.sender + "> RCPT TO:<a@example.org>\n< 250 ok\n> RCPT TO:<b@example.org>\n< 421 bye"
        #expect(kinds(cut, .lost("x"), recipients: 3) == ["retry", "retry", "retry"])
    }

    @Test("no secret is written down, whoever says it")
    func secrets() {
        let mask = SecretMask(user: "ada", secret: "Pa55word")
        let blob = "AGFkYQBQYTU1d29yZA=="
        let taken = dialogue(
            """
            > AUTH PLAIN \(blob)
            < 334 go on
            > \(blob)
            < 535-you said \(blob)
            < 535 that is ada and PA55WORD
            > NOOP Pa55word UGE1NXdvcmQ=
            """,
            mask: mask
        )
        let text = (taken.lines + taken.replies.values.map(\.text)).joined(separator: "\n")
        for secret in [blob, "pa55word", "UGE1NXdvcmQ="] { #expect(!text.lowercased().contains(secret.lowercased())) }
        #expect(taken.lines.first == "C: AUTH PLAIN [hidden]")
        #expect(taken.replies[.authentication]?.code == 535)
    }

    @Test("a mail is tried twelve times over about a day")
    func waits() {
        let waits = (1...12).map { MailRetry.delay(afterAttempt: $0) }
        #expect(
            waits.prefix(8).compactMap { $0 }
                == [30, 120, 600, 1800, 3600, 7200, 14_400, 14_400].map { Duration.seconds($0) })
        #expect(waits[10] == .seconds(14_400))
        #expect(waits[11] == nil)
        #expect(MailRetry.delay(afterAttempt: 0) == nil)
    }

    @Test("a report says who is left")
    func report() throws {
        let people = try ["a@example.org", "b@example.org", "c@example.org", "d@example.org"].map {
            try MailAddress($0)
        }
        let report = MailReport(people, [.delivered(""), .refused("no"), .retry("later"), .ambiguous("?")])
        #expect(report.delivered == [people[0]])
        #expect(report.refused.map(\.recipient) == [people[1]])
        #expect(report.unfinished == [people[2], people[3]])
        #expect(report.ambiguous.map(\.recipient) == [people[3]])
        #expect(report.pause == nil)
        #expect(MailReport(try .sample("a@example.org"), .pauseQueue("why")).pause == "why")
    }
}
