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
// Pure: no clock is read here. Two processes that ask with the same `last` get the same firing, and the store, which
// moves the schedule on from `last` only, lets one of them through.

package import Foundation

/// What becomes of firings that were missed, because no process was running or all were busy.
public enum MissedPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Missed firings are dropped; the schedule goes on with the next one. For work that is stale when late.
    case skip

    /// The most recent missed firing is made up for, once, and those before it are dropped. For work that must be done.
    case latest
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
    ///   - end: The last moment at which the schedule may fire, if there is one.
    package func due(
        after last: Date?,
        now: Date,
        missed policy: MissedPolicy,
        grace: Duration = defaultGrace,
        until end: Date? = nil
    ) -> DueFiring {
        let start = last.map { Self.isPlausible($0, now: now) } ?? false ? last ?? now : now
        let next = next(after: max(start, now))
        var due = DueFiring(next: next.flatMap { next in end.map { next <= $0 } ?? true ? next : nil })
        guard let latest = latest(after: start, through: end.map { min($0, now) } ?? now) else { return due }
        let isRecent = now.timeIntervalSince(latest) <= grace / .seconds(1)
        if policy == .latest || isRecent { due.fire = latest } else { due.skipped = latest }
        return due
    }

    /// Whether a last firing can be right.
    ///
    /// A clock that went back a little must not fire again. One that was wrong by more than a day has left a last firing
    /// that means nothing, and must not silence the schedule until that day comes.
    package static func isPlausible(_ last: Date, now: Date) -> Bool { last.timeIntervalSince(now) <= 86_400 }
}
