// One firing of a schedule, and how its job tells of it.

public import Foundation

/// One firing of a schedule: the same in every process that computes it.
package struct Firing: Sendable, Hashable {
    /// The schedule's name.
    package let schedule: String

    /// When it was to fire, on a whole second; not when somebody noticed.
    package let time: Date

    package init(schedule: String, time: Date) {
        self.schedule = schedule
        self.time = time
    }

    /// The firing's name in logs: `digest@2026-03-29T01:00:00Z`.
    package var key: String { "\(schedule)@\(timeText)" }

    /// Its time as its job carries it: `2026-03-29T01:00:00Z`.
    package var timeText: String {
        let seconds = time.wholeSeconds ?? 0
        let number = seconds.dividedDown(by: Civil.secondsPerDay)
        let (day, rest) = (Civil(dayNumber: number), seconds - number * Civil.secondsPerDay)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let year = String(repeating: "0", count: max(0, 4 - "\(day.year)".count)) + "\(day.year)"
        let time = "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        return "\(year)-\(two(day.month))-\(two(day.day))T\(time)Z"
    }
}

/// What a scheduled job carries beside what its options say.
enum FiringMark {
    private static let name = "schedule"
    private static let time = "schedule.time"

    /// The options of a schedule's job, marked with where it comes from.
    /// - Parameter time: The firing's time; `nil` if somebody ran the schedule by hand.
    static func mark(_ options: JobOptions?, schedule: String, at time: Date?) -> JobOptions {
        var options = options ?? JobOptions()
        options.tags.append(tag(schedule))
        options.metadata[Self.name] = schedule
        options.metadata[Self.time] = time.map { Firing(schedule: schedule, time: $0).timeText }
        return options
    }

    static func tag(_ schedule: String) -> String { "schedule:\(schedule)" }

    static func schedule(in metadata: [String: String]) -> String? { metadata[name] }

    static func time(in metadata: [String: String]) -> Date? {
        metadata[time].flatMap { try? Date($0, strategy: .iso8601) }
    }
}

extension JobContext {
    /// The name of the schedule that the job comes from; `nil` for other jobs.
    public var schedule: String? { FiringMark.schedule(in: metadata) }

    /// When the schedule was to fire, on a whole second and the same in every attempt, however late the job runs; `nil` for
    /// jobs that come from no schedule, or from one that was run by hand.
    public var scheduledTime: Date? { FiringMark.time(in: metadata) }
}
