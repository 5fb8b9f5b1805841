// When a job runs again and again.
//
// A schedule is a value and every question to it is a pure function of a date: which is the next firing, which are the
// next ten, which ones were missed. Nothing is counted from the start of a process, so all processes that know a
// schedule compute the same firing times, and a firing is identified by the schedule's name and its time (see Firing).
// That is what makes "exactly one job per firing" a matter of one row in the store instead of a leader election.
//
// A schedule that exists is valid: whatever is wrong with one is thrown where it is written.
//
// What happens when clocks are moved is said in NextFiring; what happens after downtime in MissedPolicy.

import Foundation

/// When a job runs again and again: at an interval, at times of day, or as a cron expression says.
///
/// ```swift
/// try app.schedule(Digest(), .daily(at: "08:00", in: "Europe/Paris"))
/// try app.schedule(Refresh(), .every(.seconds(30)))
/// try app.schedule(Report(), .cron("*/5 8-18 * * mon-fri", in: "America/New_York"))
/// ```
///
/// When clocks are moved, a time of day that is skipped fires once right after the gap, and one that comes twice fires
/// once. A cron expression with a star in the second, minute or hour fires whenever the clock shows a matching time.
public struct Schedule: Sendable, Hashable, CustomStringConvertible {
    /// A day of the week.
    public enum Weekday: Int, Sendable, Hashable, Codable, CaseIterable {
        /// The days, numbered as cron numbers them.
        case sunday, monday, tuesday, wednesday, thursday, friday, saturday
    }

    enum Timing: Sendable, Hashable {
        case interval(seconds: Int)
        case clock(NextFiring)
    }

    let timing: Timing

    /// The schedule in words, for lists and logs: `daily at 08:00 (Europe/Paris)`.
    public let description: String

    /// Fires at every multiple of an interval, counted from 1970-01-01 00:00 UTC.
    ///
    /// So `.every(.seconds(3600))` fires on the hour, `.every(.seconds(86_400))` at midnight UTC, and every process at
    /// the same moments whenever it was started. Clocks that are moved do not matter to it.
    ///
    /// - Parameter interval: A whole number of seconds, from 1 second to 365 days.
    /// - Throws: `ScheduleError` if the interval is anything else.
    public static func every(_ interval: Duration) throws(ScheduleError) -> Schedule {
        let (seconds, attoseconds) = interval.components
        guard interval > .zero else {
            throw ScheduleError("An interval of \(interval) is no interval; it must be at least 1 second.")
        }
        guard attoseconds == 0 else {
            throw ScheduleError("The interval \(interval) is not a whole number of seconds; write .seconds(1) or more.")
        }
        guard seconds <= longestInterval else {
            throw ScheduleError(
                "An interval of \(seconds / 86_400) days is too long; up to 365 days are allowed. For dates use .cron."
            )
        }
        return Schedule(timing: .interval(seconds: Int(seconds)), description: "every \(words(Int(seconds)))")
    }

    /// Fires once a day.
    ///
    /// - Parameters:
    ///   - time: On 24 hours: `"08:00"` or `"23:59:30"`.
    ///   - zone: Whose clock, by its IANA name. UTC by default, because it is the same on every machine.
    /// - Throws: `ScheduleError` if the time or the zone is not one.
    public static func daily(at time: String, in zone: String = "UTC") throws(ScheduleError) -> Schedule {
        try Schedule(CivilPattern(at: TimeOfDay(time)), zone, "daily at \(TimeOfDay(time))")
    }

    /// Fires once a week, or on several days of it.
    ///
    /// - Parameters:
    ///   - weekdays: At least one.
    ///   - time: On 24 hours: `"08:00"` or `"23:59:30"`.
    ///   - zone: Whose clock, by its IANA name. UTC by default, because it is the same on every machine.
    /// - Throws: `ScheduleError` if there is no day, or the time or the zone is not one.
    public static func weekly(
        on weekdays: Weekday...,
        at time: String,
        in zone: String = "UTC"
    ) throws(ScheduleError) -> Schedule {
        guard !weekdays.isEmpty else {
            throw ScheduleError("A weekly schedule needs a day, as in .weekly(on: .monday).")
        }
        var pattern = try CivilPattern(at: TimeOfDay(time))
        pattern.weekdays = CronSet(weekdays.map(\.rawValue))
        let days = Weekday.allCases.filter(weekdays.contains).map { "\($0)" }.joined(separator: ", ")
        return try Schedule(pattern, zone, "weekly on \(days) at \(TimeOfDay(time))")
    }

    /// Fires once a month.
    ///
    /// - Parameters:
    ///   - day: 1 to 31. In a month that is too short it is the month's last day, so that 31 is always the last.
    ///   - time: On 24 hours: `"08:00"` or `"23:59:30"`.
    ///   - zone: Whose clock, by its IANA name. UTC by default, because it is the same on every machine.
    /// - Throws: `ScheduleError` if the day, the time or the zone is not one.
    public static func monthly(
        on day: Int,
        at time: String,
        in zone: String = "UTC"
    ) throws(ScheduleError) -> Schedule {
        guard (1...31).contains(day) else {
            throw ScheduleError("The day of month \(day) is out of range; \(CronField.dayOfMonth.rule).")
        }
        var pattern = try CivilPattern(at: TimeOfDay(time))
        pattern.days = [day]
        pattern.movesToMonthEnd = true
        return try Schedule(pattern, zone, "monthly on day \(day) at \(TimeOfDay(time))")
    }

    /// Fires when a cron expression says so; see `CronExpression` for what can be written.
    ///
    /// - Parameters:
    ///   - expression: Five fields, six with the second first, or `@daily` and its like.
    ///   - zone: Whose clock, by its IANA name. UTC by default, because it is the same on every machine.
    /// - Throws: `ScheduleError` that points at the character, or says that the zone is not one or that its clocks skip
    ///   every time the expression matches.
    public static func cron(_ expression: String, in zone: String = "UTC") throws(ScheduleError) -> Schedule {
        let cron = try CronExpression(expression)
        return try Schedule(cron.pattern, zone, "cron \(cron)")
    }

    private init(timing: Timing, description: String) {
        self.timing = timing
        self.description = description
    }

    private init(_ pattern: CivilPattern, _ zone: String, _ words: String) throws(ScheduleError) {
        let firing = NextFiring(pattern: pattern, clock: ZoneClock(zone: try NamedZone.find(zone)))
        guard firing.next(after: Self.anyInstant) != nil else {
            throw ScheduleError(
                "The schedule “\(words)” never fires: the clocks of \(zone) skip every time it matches."
            )
        }
        self.init(timing: .clock(firing), description: "\(words) (\(zone))")
    }

    private static let longestInterval: Int64 = 365 * 86_400

    /// 2026-01-01, from where a schedule is asked for a first firing to see that it has one.
    private static let anyInstant = 1_767_225_600

    private static func words(_ seconds: Int) -> String {
        let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
        guard let (length, unit) = units.first(where: { seconds % $0.0 == 0 }) else { return "\(seconds) seconds" }
        return seconds == length ? unit : "\(seconds / length) \(unit)s"
    }
}

extension CivilPattern {
    fileprivate init(at time: TimeOfDay) {
        self.init(seconds: [time.second], minutes: [time.minute], hours: [time.hour])
    }
}
