import NightjarJobs
import Testing

@testable import NightjarMail

@Suite("What happens after an attempt")
struct MailNextTests {
    private func next(_ outcomes: MailOutcome...) throws -> MailNext {
        let people = try outcomes.indices.map { try MailAddress("r\($0)@example.org") }
        return MailNext(after: MailReport(people, outcomes))
    }

    private func names(_ addresses: [MailAddress]) -> [String] { addresses.map { String($0.address.prefix(2)) } }

    @Test("everyone has it: done")
    func done() throws {
        #expect(try next(.delivered("ok"), .delivered("ok")).ending == .done)
    }

    @Test("nobody has it: again, dead, or back in its place, by what was said")
    func nobody() throws {
        #expect(try next(.retry("later"), .retry("later")).ending == .again("later"))
        #expect(try next(.refused("no"), .refused("never")).ending == .dead("no; never"))
        let paused = try next(.pauseQueue("password"), .retry("later"))
        #expect(paused.ending == .back)
        #expect(paused.pause == "password")
    }

    @Test("some have it: done, and the others in jobs of their own, the refused apart from the rest")
    func some() throws {
        let next = try next(.delivered("ok"), .retry("later"), .refused("no"), .retry("later"), .refused("no"))
        #expect(next.ending == .done)
        #expect(names(next.later) == ["r1", "r3"])
        #expect(names(next.refused) == ["r2", "r4"])
    }

    @Test("some are refused and some may work later: each in a job of their own, so that neither is sent for the other")
    func refusedAndLater() throws {
        let next = try next(.refused("no"), .retry("later"))
        #expect(next.ending == .done)
        #expect(names(next.later) == ["r1"])
        #expect(names(next.refused) == ["r0"])
    }

    @Test("a mail that may have arrived is sent again, with its doubt")
    func ambiguous() throws {
        let next = try next(.ambiguous("lost after the dot"))
        #expect(next.ending == .again("lost after the dot"))
        #expect(next.doubt == "lost after the dot")
    }

    @Test("a mail is tried twelve times, for about a day")
    func schedule() {
        let waits = (1...12).map { MailRetry.delay(afterAttempt: $0) }
        #expect(
            waits == [
                .seconds(30), .seconds(120), .seconds(600), .seconds(1800), .seconds(3600), .seconds(7200),
                .seconds(14_400), .seconds(14_400), .seconds(14_400), .seconds(14_400), .seconds(14_400), nil,
            ])
    }

    @Test("the job outlasts every time-out of the dialogue it waits for")
    func timeout() {
        let timeouts = SMTPConfiguration.Timeouts()
        // Connection, then EHLO, MAIL, RCPT, DATA and the final dot.
        let longest = timeouts.connect + timeouts.command * 5 + timeouts.data
        #expect(DeliverMail.options.timeout ?? .zero > longest)
    }
}
