import Foundation
import NightjarJobs
import Testing

// A malformed expression is an error that points at the character. // NOBS-X4, NUVOM-X2
@Suite("reading cron expressions")
struct CronParserTests {
    @Test(
        "two ways of writing the same times read the same",
        arguments: [
            ("*/15 * * * *", "0-59/15 * * * *"),
            ("0,15,30,45 * * * *", "00,15-45/15 * * * *"),
            ("0 8 * * mon-fri", "0 8 * * 1-5"),
            ("0 8 * JAN,Jul Sun", "0 8 * 1,7 0"),
            ("0 8 * * 7", "0 8 * * 0"),
            ("0 8 * * fri-sun", "0 8 * * 5,6,0"),
            ("0 8 * * 5-7", "0 8 * * 0,5,6"),
            ("0 8 * * 0-7", "0 8 * * sun-sat"),
            ("0 8 * * sun-tue", "0 8 * * 0-2"),
            ("0 8 * * 1-7/2", "0 8 * * 0,1,3,5"),
            ("0 8 1-31/10 * *", "0 8 1,11,21,31 * *"),
            ("0 8 * nov-dec *", "0 8 * 11-12 *"),
            ("  0   8\t* * *  ", "0 8 * * *"),
            ("0 0 8 * * *", "0 8 * * *"),
            ("*/60 8 * * *", "*/60 08 * * *"),
            ("@yearly", "0 0 1 1 *"),
            ("@annually", "0 0 1 1 *"),
            ("@monthly", "0 0 1 * *"),
            ("@weekly", "0 0 * * 0"),
            ("@daily", "0 0 * * *"),
            ("@Midnight", "0 0 * * *"),
            (" @hourly ", "0 * * * *"),
        ]
    )
    func sameTimes(written: String, plain: String) throws {
        let start = try utc("2026-01-01T00:00:00Z")
        let left = try Schedule.cron(written).upcoming(200, after: start)
        let right = try Schedule.cron(plain).upcoming(200, after: start)
        #expect(left == right)
        #expect(left.count == 200)
    }

    @Test(
        "a mistake is explained at its column",
        arguments: [
            ("", 1, "is empty"),
            ("   ", 1, "is empty"),
            ("* * * *", 8, "this one has 4"),
            ("0 0 8 * * * 2027", 13, "no field for the year"),
            ("60 * * * *", 1, "The minute 60 is out of range; minutes go from 0 to 59"),
            ("*/5 8-25 * * *", 7, "The hour 25 is out of range; hours go from 0 to 23"),
            ("0 24 * * *", 3, "The hour 24"),
            ("0 0 0 * *", 5, "days of the month go from 1 to 31"),
            ("0 0 32 * *", 5, "The day of month 32"),
            ("0 0 * 13 *", 7, "The month 13"),
            ("0 0 * 0 *", 7, "The month 0"),
            ("0 0 * * 8", 9, "The day of week 8"),
            ("99 0 8 * * *", 1, "The second 99"),
            ("99999999999999999999999 * * * *", 1, "is out of range"),
            ("-5 * * * *", 1, "“-” does not belong in the minute"),
            ("*/0 * * * *", 3, "A step of 0"),
            ("*/90 * * * *", 3, "would match 0 only"),
            ("10-20/30 * * * *", 7, "would match 10 only"),
            ("*/ * * * *", 3, "The step is missing"),
            ("*/-5 * * * *", 3, "The step is missing"),
            ("5/10 * * * *", 2, "write */n for the whole range, or 5-59/n"),
            ("1,,2 * * * *", 3, "“,” does not belong"),
            ("1, * * * *", 3, "missing after the comma"),
            (",1 * * * *", 1, "“,” does not belong"),
            ("1- * * * *", 3, "The range has no end"),
            ("1-2-3 * * * *", 4, "“-” does not belong"),
            ("*-5 * * * *", 2, "already the whole range"),
            ("** * * * *", 2, "“*” does not belong"),
            ("5* * * * *", 2, "“*” does not belong"),
            ("1.5 * * * *", 2, "“.” does not belong"),
            ("0 22-2 * * *", 3, "write 22-23,0-2 to go round"),
            ("0 0 * nov-feb *", 7, "write 11-12,1-2 to go round"),
            ("0 0 * * 5-0", 9, "write 5-6,0 to go round"),
            ("0 0 * * 7-1", 9, "Sunday is 0 at the start"),
            ("0 0 * * funday", 9, "“funday” means nothing in the day of week"),
            ("0 0 * * mno", 9, "“mno” means nothing in the day of week"),
            ("0 0 * jum *", 7, "Did you mean jun?"),
            ("0 0 * * monday", 9, "write mon for monday"),
            ("0 0 * mon *", 7, "“mon” means nothing in the month"),
            ("0 noon * * *", 3, "“noon” means nothing in the hour"),
            ("0 0 L * *", 5, "not part of cron"),
            ("0 0 ? * mon", 5, "write * for any value"),
            ("0 0 * * mon#2", 12, "no n-th weekday"),
            ("0 0 ５ * *", 5, "does not belong in the day of month"),
            ("@weely", 1, "did you mean @weekly?"),
            ("@reboot", 1, "no time"),
            ("@every 5m", 1, ".every(.seconds(30))"),
            ("@", 1, "There are @yearly"),
            ("@daily 5", 7, "stands alone"),
        ]
    )
    func mistakes(expression: String, column: Int, reason: String) throws {
        let error = try #require(throws: ScheduleError.self) { try CronExpression(expression) }
        #expect(error.column == column)
        #expect(error.reason.contains(reason), "\(error)")
        #expect(error.source == expression)
    }

    @Test("the message shows the expression with a caret under the character")
    func caret() throws {
        let error = try #require(throws: ScheduleError.self) { try Schedule.cron("*/5\t8-25 * * *", in: "UTC") }
        #expect(
            "\(error)" == """
                The hour 25 is out of range; hours go from 0 to 23.
                    */5 8-25 * * *
                          ^ column 7
                """
        )
    }

    @Test(
        "a date that no calendar has is refused, with the reason",
        arguments: [
            ("0 0 31 2 *", "Day 31 never comes in feb, which has at most 29 days."),
            ("0 0 30,31 feb *", "Day 30 never comes in feb"),
            ("0 0 31 feb,apr,jun *", "Day 31 never comes in feb, apr, jun, which have at most 30 days."),
            ("0 0 30 2 */2", "Day 30 never comes in feb"),
        ]
    )
    func impossibleDates(expression: String, reason: String) throws {
        let error = try #require(throws: ScheduleError.self) { try CronExpression(expression) }
        #expect(error.column == 5)
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test(
        "a date that comes in some month or year is accepted",
        arguments: ["0 0 29 2 *", "0 0 31 * *", "0 0 30,31 2,3 *", "0 0 */31 2 *", "0 0 31 2 mon", "0 0 29 2 */6"]
    )
    func possibleDates(expression: String) throws {
        #expect(try Schedule.cron(expression).upcoming(3, after: utc("2026-01-01T00:00:00Z")).count == 3)
    }

    @Test("no text, however odd, does more than throw")
    func garbage() {
        var random = ScheduleRandom("garbage")
        let alphabet = Array("0123456789*/-,@ \t\n?#LWmonjanfrsu.é😀\u{0}\u{301}")
        for _ in 0..<3000 {
            let text = String(
                (0..<Int.random(in: 0...24, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
            )
            do {
                let cron = try CronExpression(text)
                _ = cron.next(after: Date(timeIntervalSince1970: 0), in: .gmt)
            } catch {
                let column = error.column ?? 0
                #expect(
                    column >= 1 && column <= text.count + 1,
                    "seed \(ScheduleRandom.seed): \(text.debugDescription)"
                )
                #expect(!error.description.isEmpty)
            }
        }
    }
}
