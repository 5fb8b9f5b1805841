import Foundation
import NightjarJobs
import Testing

// ASOK-X7 (invalid intervals were silently 60 s), NUVOM-X2, NUVOM-B10
@Suite("schedules")
struct ScheduleTests {
    private let newYear = Date(timeIntervalSince1970: 1_767_225_600)  // 2026-01-01T00:00:00Z, a Thursday

    // NUVOM-X17
    @Test("daily fires once a day at the zone's own time")
    func daily() throws {
        let schedule = try Schedule.daily(at: "08:00", in: "Europe/Paris")
        #expect(schedule.upcoming(2, after: newYear).inUTC == ["2026-01-01T07:00:00Z", "2026-01-02T07:00:00Z"])
        #expect(schedule.upcoming(1, after: try utc("2026-07-01T12:00:00Z")).inUTC == ["2026-07-02T06:00:00Z"])
        #expect(schedule.description == "daily at 08:00 (Europe/Paris)")
        #expect(try Schedule.daily(at: "23:59:30").upcoming(1, after: newYear).inUTC == ["2026-01-01T23:59:30Z"])
    }

    @Test("weekly fires on the days named")
    func weekly() throws {
        let schedule = try Schedule.weekly(on: .friday, .monday, at: "9:30")
        #expect(
            schedule.upcoming(3, after: newYear).inUTC
                == ["2026-01-02T09:30:00Z", "2026-01-05T09:30:00Z", "2026-01-09T09:30:00Z"]
        )
        #expect(schedule.description == "weekly on monday, friday at 09:30 (UTC)")
    }

    @Test("monthly fires every month, on the last day if the month is too short")
    func monthly() throws {
        let last = try Schedule.monthly(on: 31, at: "00:00")
        #expect(
            last.upcoming(4, after: newYear).inUTC
                == ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"]
        )
        #expect(last.upcoming(1, after: try utc("2028-02-01T00:00:00Z")).inUTC == ["2028-02-29T00:00:00Z"])
        let first = try Schedule.monthly(on: 1, at: "06:00", in: "Asia/Kathmandu")
        #expect(first.upcoming(1, after: newYear).inUTC == ["2026-01-01T00:15:00Z"])
        #expect(try Schedule.monthly(on: 30, at: "00:00").upcoming(24, after: newYear).count == 24)
    }

    @Test(
        "every is aligned to 1970, so that every process computes the same firings",
        arguments: [1, 7, 30, 3600, 5400, 86_400, 604_800, 31_536_000]
    )
    func aligned(seconds: Int) throws {
        let schedule = try Schedule.every(.seconds(seconds))
        let wanted = schedule.upcoming(20, after: newYear)
        #expect(wanted.allSatisfy { Int($0.timeIntervalSince1970) % seconds == 0 })
        #expect(zip(wanted, wanted.dropFirst()).allSatisfy { $1.timeIntervalSince($0) == Double(seconds) })
        // Started at any moment in between, a process sees the same next firing.
        for part in [0, 0.25, 0.999] {
            #expect(schedule.next(after: wanted[3].addingTimeInterval(part * Double(seconds))) == wanted[4])
        }
        #expect(schedule.next(after: Date(timeIntervalSince1970: -0.5)) == Date(timeIntervalSince1970: 0))
    }

    @Test(
        "an interval out of bounds throws and says what is allowed",
        arguments: [
            (.zero, "at least 1 second"), (.seconds(-5), "at least 1 second"), (.milliseconds(999), "whole number"),
            (.milliseconds(1500), "whole number"), (.nanoseconds(1), "whole number"),
            (.seconds(31_536_001), "365 days"), (.seconds(Int64.max), "365 days"),
        ] as [(Duration, String)]
    )
    func bounds(interval: Duration, reason: String) throws {
        let error = try #require(throws: ScheduleError.self) { try Schedule.every(interval) }
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test(
        "a time of day that is not one is explained at its column",
        arguments: [
            ("", 1, "as in \"08:00\""), ("8", 2, "as in"), ("24:00", 1, "midnight is 00:00"),
            ("08:60", 4, "The minute 60"),
            ("8:5", 3, "as in"), ("8am", 2, "as in"), ("08:00 ", 6, "as in"), ("08:00:", 7, "as in"),
            ("08:00:60", 7, "The second 60"), ("08:00:00:00", 10, "as in"), ("-8:00", 1, "as in"), (":30", 1, "as in"),
            ("٠٨:٠٠", 1, "as in"), ("99999999999999999999:00", 1, "as in"),
        ]
    )
    func timeOfDay(time: String, column: Int, reason: String) throws {
        let error = try #require(throws: ScheduleError.self) { try Schedule.daily(at: time) }
        #expect(error.column == column)
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test(
        "a time zone that is not one is explained",
        arguments: [
            ("Europe/Pari", "did you mean Europe/Paris?"), ("europe/paris", "did you mean Europe/Paris?"),
            ("utc", "did you mean UTC?"), ("Mars/Base", "is not known here"), ("", "is not known here"),
            ("EST", "abbreviation"), ("GMT+2", "abbreviation"), ("../UTC", "is not known here"),
        ]
    )
    func zones(name: String, reason: String) throws {
        let error = try #require(throws: ScheduleError.self) { try Schedule.cron("@daily", in: name) }
        #expect(error.reason.contains(reason), "\(error)")
        #expect(error.reason.contains("“\(name)”"))
    }

    @Test(
        "every zone the system knows is accepted",
        arguments: ["UTC", "GMT", "Asia/Kolkata", "US/Eastern", "Etc/GMT-2"]
    )
    func knownZones(name: String) throws {
        #expect(throws: Never.self) { try Schedule.daily(at: "08:00", in: name) }
    }

    @Test("a weekly schedule without a day, or a monthly one without a possible day, throws")
    func noDay() {
        #expect(throws: ScheduleError.self) { try Schedule.weekly(at: "08:00") }
        #expect(throws: ScheduleError.self) { try Schedule.monthly(on: 0, at: "08:00") }
        #expect(throws: ScheduleError.self) { try Schedule.monthly(on: 32, at: "08:00") }
    }

    @Test("upcoming lists as many firings as asked for, and none for none")
    func upcoming() throws {
        let schedule = try Schedule.cron("@hourly")
        #expect(schedule.upcoming(3, after: newYear).count == 3)
        #expect(schedule.upcoming(0, after: newYear).isEmpty)
        #expect(schedule.upcoming(-1, after: newYear).isEmpty)
        #expect(schedule.upcoming(3, after: Date(timeIntervalSince1970: .nan)).isEmpty)
    }

    @Test(
        "a schedule describes itself in words",
        arguments: [
            (1, "every second"), (30, "every 30 seconds"), (60, "every minute"), (5400, "every 90 minutes"),
            (86_400, "every day"), (604_800, "every 7 days"),
        ]
    )
    func words(seconds: Int, expected: String) throws {
        #expect(try Schedule.every(.seconds(seconds)).description == expected)
    }

    @Test("equal schedules are equal")
    func equality() throws {
        #expect(try Schedule.cron("@daily", in: "Europe/Paris") == Schedule.cron("@daily", in: "Europe/Paris"))
        #expect(try Schedule.cron("@daily", in: "Europe/Paris") != Schedule.cron("@daily"))
        #expect(try Schedule.cron("@daily").description == "cron @daily (UTC)")
    }
}
