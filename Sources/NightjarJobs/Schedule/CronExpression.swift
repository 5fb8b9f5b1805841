// A cron expression: five fields (minute, hour, day of month, month, day of week), or six with the second first.
//
//     ┌ second (0-59), only with six fields; otherwise 0
//     │  ┌ minute (0-59)
//     │  │    ┌ hour (0-23)
//     │  │    │   ┌ day of month (1-31)       both restricted: either is enough
//     │  │    │   │ ┌ month (1-12, jan-dec)
//     │  │    │   │ │ ┌ day of week (0-7, sun-sat; 0 and 7 are Sunday)
//     0 */5 8-18 * * mon-fri
//
// The meaning is vixie cron's. The days are explained in CivilPattern, changes of the clock in NextFiring.

public import Foundation

/// A set of times in cron's notation, for schedules that `.daily`, `.weekly` and `.monthly` cannot say.
///
/// ```swift
/// let office = try CronExpression("*/5 8-18 * * mon-fri")
/// ```
///
/// Lists (`1,15`), ranges (`8-18`), steps (`*/5`, `8-18/2`), names in any case, and `@yearly`, `@annually`, `@monthly`,
/// `@weekly`, `@daily`, `@midnight`, `@hourly`. If day of month and day of week are both restricted (neither begins
/// with `*`), a day that matches either is enough, as in vixie cron.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    /// The expression as it was written.
    public let description: String

    let pattern: CivilPattern

    /// Reads an expression.
    ///
    /// - Throws: `ScheduleError` that points at the character; also for a date no calendar has, such as 31 February.
    public init(_ text: String) throws(ScheduleError) {
        let fields = try CronParser.parse(text)
        func values(_ field: CronField) -> CronSet { fields[field]?.values ?? CronSet(field.values) }
        func hasStar(_ field: CronField) -> Bool { fields[field]?.hasStar ?? false }
        description = text
        pattern = CivilPattern(
            seconds: values(.second),
            minutes: values(.minute),
            hours: values(.hour),
            days: values(.dayOfMonth),
            months: values(.month),
            weekdays: values(.dayOfWeek),
            isEitherDayEnough: !hasStar(.dayOfMonth) && !hasStar(.dayOfWeek),
            isInterval: hasStar(.second) || hasStar(.minute) || hasStar(.hour)
        )
    }

    /// The first time after `date` at which the expression matches on the clocks of `zone`.
    ///
    /// - Returns: A whole second, or nil if there is none: `date` is before `Date.distantPast` or after the year 9999,
    ///   or the zone's clocks always skip the time.
    public func next(after date: Date, in zone: TimeZone) -> Date? {
        NextFiring(pattern: pattern, clock: ZoneClock(zone: zone)).next(after: date)
    }
}
