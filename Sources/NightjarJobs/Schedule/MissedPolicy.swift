// What to do about firings that nobody was there for.
//
// Whoever keeps the time (one process or twenty) asks `due` whenever it wakes, with the last firing it knows of and its
// clock, and gets at most one firing to enqueue and the moment to wake next:
//
//     last ───×─────×─────×─────●────── now ─────○
//                               │                └ next
//                               └ fire, if it is recent enough (.skip) or in any case (.latest)
//
// Never more than one: a day of downtime is not followed by 2880 runs of a job meant for every 30 seconds.
// Waking is never exact, so a firing is only *missed* once it is older than the grace.
//
// Pure: no clock is read here. Two processes that ask with different `last` may get the same firing; its key is the
// same too, and the unique row lets one of them through.

package import Foundation

/// What becomes of firings that were missed, because no process was running or all were busy.
public enum MissedPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Missed firings are dropped; the schedule goes on with the next one. For work that is stale when late.
    case skip

    /// The most recent missed firing is made up for, once, and those before it are dropped. For work that must be done.
    case latest
}

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

    /// The firing's name for a unique index: `digest@2026-03-29T01:00:00Z`.
    package var key: String {
        let seconds = time.wholeSeconds ?? 0
        let number = seconds.dividedDown(by: Civil.secondsPerDay)
        let (day, rest) = (Civil(dayNumber: number), seconds - number * Civil.secondsPerDay)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let year = String(repeating: "0", count: max(0, 4 - "\(day.year)".count)) + "\(day.year)"
        let time = "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        return "\(schedule)@\(year)-\(two(day.month))-\(two(day.day))T\(time)Z"
    }
}

/// What is to be done now for a schedule, and when to look again.
package struct DueFiring: Sendable, Hashable {
    /// The firing to enqueue now.
    package var fire: Date?

    /// The most recent firing that is dropped because it was missed.
    package var skipped: Date?

    /// When to look again.
    package var next: Date?
}

extension Schedule {
    /// How late a firing may be noticed without counting as missed: time for a slow wake-up or a restart.
    package static let defaultGrace: Duration = .seconds(60)

    /// Decides what is due.
    ///
    /// - Parameters:
    ///   - last: The last firing that was enqueued, or skipped; nil for a schedule that was never seen before,
    ///     which has missed nothing.
    ///   - now: The time, on the clock that all processes share.
    ///   - policy: What to do about missed firings.
    ///   - grace: How late a firing may be without counting as missed. It matters for `.skip` only.
    package func due(
        after last: Date?,
        now: Date,
        missed policy: MissedPolicy,
        grace: Duration = defaultGrace
    ) -> DueFiring {
        // A clock that went back a little must not fire again. One that was wrong by more than a day has left a `last`
        // that means nothing, and must not silence the schedule until that day comes.
        let isPlausible = last.map { $0.timeIntervalSince(now) <= 86_400 } ?? false
        let start = isPlausible ? last ?? now : now
        var due = DueFiring(next: next(after: max(start, now)))
        guard let latest = latest(after: start, through: now) else { return due }
        let isRecent = now.timeIntervalSince(latest) <= grace / .seconds(1)
        if policy == .latest || isRecent { due.fire = latest } else { due.skipped = latest }
        return due
    }
}
