import Foundation
import NightjarJobs
import Testing

// NOBS-X4, NUVOM-B10 (cron schedules that never fired)
@Suite("when a cron expression fires")
struct CronExpressionTests {
    @Test(
        "the next firing is the first matching time after the date",
        arguments: [
            ("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"),
            ("* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z"),
            ("* * * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z"),
            ("*/7 * * * * *", "2026-01-01T00:00:56Z", "2026-01-01T00:01:00Z"),
            ("30 0 8 * * *", "2026-01-01T08:00:29Z", "2026-01-01T08:00:30Z"),
            ("30 0 8 * * *", "2026-01-01T08:00:30Z", "2026-01-02T08:00:30Z"),
            ("0 0 * * *", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"),
            ("0 8 * * mon-fri", "2026-05-01T08:00:00Z", "2026-05-04T08:00:00Z"),
            ("0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"),
            ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
            ("0 0 1 1 *", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("0 0 * * *", "1969-12-30T12:00:00Z", "1969-12-31T00:00:00Z"),
            ("*/25 * * * *", "2026-01-01T00:50:00Z", "2026-01-01T01:00:00Z"),
            ("10-50/20 3-5/2 * * *", "2026-01-01T03:50:00Z", "2026-01-01T05:10:00Z"),
        ]
    )
    func next(expression: String, after: String, expected: String) throws {
        let cron = try CronExpression(expression)
        #expect(utc(cron.next(after: try utc(after), in: .gmt)) == expected)
        #expect(cron.description == expression)
    }

    @Test(
        "both days restricted: either is enough; one with a star: both are needed",
        arguments: [
            // May 2026: the 1st is a Friday; Mondays are the 4th, 11th, 18th and 25th.
            ("0 0 1,15 * mon", [1, 4, 11, 15, 18, 25]),
            ("0 0 13 * fri", [1, 8, 13, 15, 22, 29]),
            ("0 0 * * mon", [4, 11, 18, 25]),
            ("0 0 15 * *", [15]),
            ("0 0 */2 * mon", [11, 25]),
            ("0 0 *,5 * mon", [4, 11, 18, 25]),
            ("0 0 1-31/2 * mon", [1, 3, 4, 5, 7, 9, 11, 13, 15, 17, 18, 19, 21, 23, 25, 27, 29, 31]),
            ("0 0 1-7 * */7", [3]),
            ("0 0 13 * 0-6", Array(1...31)),
            ("0 0 31 5 mon", [4, 11, 18, 25, 31]),
        ] as [(String, [Int])]
    )
    func days(expression: String, expected: [Int]) throws {
        let start = try utc("2026-04-30T23:59:59Z")
        let end = try utc("2026-06-01T00:00:00Z")
        let firings = try Schedule.cron(expression).upcoming(40, after: start).filter { $0 < end }
        #expect(firings.map { Calendar.utc.component(.day, from: $0) } == expected)
    }

    @Test("a fraction of a second after a firing is after it, and before one is before it")
    func fractions() throws {
        let cron = try CronExpression("0 8 * * *")
        let eight = try utc("2026-01-01T08:00:00Z")
        #expect(cron.next(after: eight.addingTimeInterval(-0.001), in: .gmt) == eight)
        #expect(cron.next(after: eight.addingTimeInterval(0.001), in: .gmt) == eight.addingTimeInterval(86_400))
    }

    @Test("a date beyond the calendar has no next firing, and does no harm")
    func beyondTheCalendar() throws {
        let cron = try CronExpression("0 0 29 2 *")
        let dates = [Double.infinity, -.infinity, .nan, 1e300, -1e300].map { Date(timeIntervalSince1970: $0) }
        for date in dates + [.distantPast.addingTimeInterval(-1e9)] {
            #expect(cron.next(after: date, in: .gmt) == nil)
        }
        #expect(cron.next(after: .distantPast, in: .gmt) != nil)
        #expect(cron.next(after: .distantFuture, in: .gmt) != nil)
    }

    @Test("the rarest dates are found without a scan over the years")
    func speed() throws {
        let paris = try #require(TimeZone(identifier: "Europe/Paris"))
        // 29 February on a Sunday: 28 years apart, 40 across 2100.
        let rare = try ["0 0 29 2 */7", "*/5 0 29 2 */7"].map { try CronExpression($0) }
        var found = 0
        let elapsed = ContinuousClock().measure {
            for year in 0..<100 {
                let start = Date(timeIntervalSince1970: TimeInterval(year) * 31_556_952)
                for cron in rare where cron.next(after: start, in: paris) != nil { found += 1 }
            }
        }
        #expect(found == 200)
        // A scan by minutes takes minutes here.
        #expect(elapsed < .seconds(5))
    }
}

extension Calendar {
    static var utc: Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }
}
