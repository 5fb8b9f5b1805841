import Foundation
import NightjarJobs
import Testing

// Daylight-saving gaps and overlaps: the rules are stated in NextFiring. // NOBS-X4
@Suite("schedules when clocks are moved")
struct ClockChangeTests {
    private func firings(_ expression: String, _ zone: String, from start: String, to end: String) throws -> [String] {
        let (start, end) = (try utc(start), try utc(end))
        let all = try Schedule.cron(expression, in: zone).upcoming(500, after: start)
        return all.filter { $0 <= end }.map { utc($0) }
    }

    // Europe/Paris, 29 March 2026: 02:00 ► 03:00 at 01:00 UTC.
    @Test(
        "a time of day that is skipped fires once, right after the gap",
        arguments: [
            "30 2 * * *", "0 2 * * *", "59 2 * * *", "0,15,30,45 2 * * *", "0-59 2 * * *", "0 3 * * *",
            "0,30 2-3 29 3 *",
        ]
    )
    func gap(expression: String) throws {
        let night = try firings(expression, "Europe/Paris", from: "2026-03-29T00:00:00Z", to: "2026-03-29T01:29:59Z")
        #expect(night == ["2026-03-29T01:00:00Z"])
    }

    @Test("what follows a gap keeps its own time")
    func afterGap() throws {
        let night = try firings(
            "30 1-3 * * *",
            "Europe/Paris",
            from: "2026-03-29T00:00:00Z",
            to: "2026-03-29T23:00:00Z"
        )
        #expect(night == ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"])
    }

    // Europe/Paris, 25 October 2026: 03:00 ► 02:00 at 01:00 UTC.
    @Test("a time of day that comes twice fires once, the first time")
    func overlap() throws {
        let span = (from: "2026-10-24T22:00:00Z", to: "2026-10-25T22:00:00Z")
        #expect(try firings("30 2 * * *", "Europe/Paris", from: span.from, to: span.to) == ["2026-10-25T00:30:00Z"])
        #expect(try firings("0 2 * * *", "Europe/Paris", from: span.from, to: span.to) == ["2026-10-25T00:00:00Z"])
        #expect(try firings("0 3 * * *", "Europe/Paris", from: span.from, to: span.to) == ["2026-10-25T02:00:00Z"])
        #expect(
            try firings("0,30 2-3 * * *", "Europe/Paris", from: span.from, to: span.to) == [
                "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z",
            ]
        )
    }

    @Test("asked from within the second pass, a time of day does not fire again")
    func insideOverlap() throws {
        let schedule = try Schedule.daily(at: "02:30", in: "Europe/Paris")
        for moment in ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:15:00Z", "2026-10-25T01:59:59Z"] {
            #expect(utc(schedule.next(after: try utc(moment))) == "2026-10-26T01:30:00Z")
        }
    }

    @Test("minutes and hours with a star keep their rhythm in elapsed time")
    func intervals() throws {
        for night in ["2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z"] {
            let start = try utc(night)
            for (expression, length) in [("0 * * * *", 3600.0), ("*/10 * * * *", 600), ("*/20 * * * * *", 20)] {
                let firings = try Schedule.cron(expression, in: "Europe/Paris").upcoming(60, after: start)
                let expected = (1...60).map { start.addingTimeInterval(Double($0) * length) }
                #expect(firings == expected)
            }
        }
    }

    @Test("a star fires at what the clock shows: not in a gap, both times in an overlap")
    func shownTimes() throws {
        let gap = try firings("30 */2 * * *", "Europe/Paris", from: "2026-03-28T23:00:00Z", to: "2026-03-29T03:00:00Z")
        #expect(gap == ["2026-03-28T23:30:00Z", "2026-03-29T02:30:00Z"])
        let twice = try firings(
            "*/30 2 * * *",
            "Europe/Paris",
            from: "2026-10-24T20:00:00Z",
            to: "2026-10-25T20:00:00Z"
        )
        #expect(
            twice == ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"]
        )
    }

    // America/Sao_Paulo, 15 October 2017: 00:00 ► 01:00 at 03:00 UTC.
    @Test("a midnight that does not exist fires when the day begins, on the right day")
    func midnightGap() throws {
        for expression in ["@daily", "0 0 15 10 *", "0 0 * * sun"] {
            let night = try firings(
                expression,
                "America/Sao_Paulo",
                from: "2017-10-14T12:00:00Z",
                to: "2017-10-15T12:00:00Z"
            )
            #expect(night == ["2017-10-15T03:00:00Z"])
        }
    }

    // Australia/Lord_Howe moves its clocks by half an hour: 5 October 2025, 02:00 ► 02:30; 5 April 2026, 02:00 ► 01:30.
    @Test("half-hour changes follow the same rules")
    func halfHour() throws {
        #expect(
            try firings("15 2 * * *", "Australia/Lord_Howe", from: "2025-10-04T12:00:00Z", to: "2025-10-05T12:00:00Z")
                == ["2025-10-04T15:30:00Z"]
        )
        #expect(
            try firings("45 1 * * *", "Australia/Lord_Howe", from: "2026-04-04T12:00:00Z", to: "2026-04-05T12:00:00Z")
                == ["2026-04-04T14:45:00Z"]
        )
    }

    // Samoa had no 30 December 2011: from the 29th, 24:00 (UTC-10) to the 31st, 00:00 (UTC+14).
    @Test("a day that is skipped altogether is made up for at its end")
    func skippedDay() throws {
        #expect(
            try firings("0 8 30 12 *", "Pacific/Apia", from: "2011-12-20T00:00:00Z", to: "2012-01-10T00:00:00Z")
                == ["2011-12-30T10:00:00Z"]
        )
        #expect(
            try firings("0 8 * * *", "Pacific/Apia", from: "2011-12-29T00:00:00Z", to: "2012-01-01T00:00:00Z")
                == ["2011-12-29T18:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T18:00:00Z", "2011-12-31T18:00:00Z"]
        )
    }

    // In New York clocks always go forward on the second Sunday of March at two.
    @Test("a star that only ever matches within a gap is refused")
    func alwaysInGap() throws {
        let error = try #require(throws: ScheduleError.self) {
            try Schedule.cron("*/5 2 8-14 3 */7", in: "America/New_York")
        }
        #expect(error.reason.contains("never fires"))
        #expect(throws: Never.self) { try Schedule.cron("*/5 2 8-14 3 */7", in: "Europe/Paris") }
        #expect(throws: Never.self) { try Schedule.cron("5 2 8-14 3 */7", in: "America/New_York") }
    }

    @Test("an interval in seconds does not look at clocks")
    func elapsed() throws {
        let start = try utc("2026-03-29T00:59:50Z")
        #expect(
            try Schedule.every(.seconds(10)).upcoming(2, after: start).inUTC
                == ["2026-03-29T01:00:00Z", "2026-03-29T01:00:10Z"]
        )
    }
}
