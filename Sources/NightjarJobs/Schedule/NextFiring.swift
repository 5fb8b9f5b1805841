// From what the clock on the wall should show to the moment when a job fires, also on the two nights of the year when
// that clock is moved. The rules are vixie cron's, from the point of view of whoever wrote the schedule:
//
//   A job at a *time of day* (no star in second, minute and hour: "0 2 * * *", .daily, .weekly, .monthly)
//     - a time that is skipped (clocks go forward) fires once, at the first moment after the gap, however many of its
//       times fell into it and even if the gap is a whole day (a zone that crosses the date line);
//     - a time that comes twice (clocks go back) fires once, the first time.
//   A job at *intervals* (a star in second, minute or hour: "*/5 * * * *", "0 */2 * * *", "*/5 2 * * *")
//     - fires whenever the clock shows a matching time: never in a gap, both times in an overlap. With clocks moved by
//       an hour, "*/5 * * * *" and "0 * * * *" so keep their rhythm in elapsed time.
//   .every does not look at clocks at all.
//
//     Europe/Paris         29 March 2026, 02:00 ► 03:00       25 October 2026, 03:00 ► 02:00
//     30 2 * * *           03:00 (01:00 UTC)                  02:30 summer time (00:30 UTC), not again
//     30 * * * *           … 01:30, 03:30 …                   … 01:30, 02:30, 02:30, 03:30 …
//
// The first rule is one sentence: a time of day fires at the first moment at which the clock shows it *or later*.
// So the moments are in the order of the times, which is what makes the search three steps: the highest time the clock
// has shown so far, the next matching time above it, the moment when that is reached.
//
// Pure: the same schedule and date give the same answer in every process. Changes of the clock are found from offsets
// alone and are assumed to be at least two days apart (since 1970 none have been less than five).

import Foundation

/// A zone's clock: how far it is ahead of UTC, and when that changes. All instants are seconds since 1970.
struct ZoneClock: Sendable, Hashable {
    let zone: TimeZone

    /// Wider than any offset and any jump of a clock, narrower than the time between two jumps.
    static let window = 2 * Civil.secondsPerDay

    func offset(at instant: Int) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant)))
    }

    /// The first instant after `start`, and not after `end`, whose offset is not that of `start`.
    /// The two are at most `window` apart, so there is no more than one.
    func change(after start: Int, through end: Int) -> Int? {
        let before = offset(at: start)
        guard start < end, offset(at: end) != before else { return nil }
        var (same, changed) = (start, end)
        while changed - same > 1 {
            let middle = same + (changed - same) / 2
            if offset(at: middle) == before { same = middle } else { changed = middle }
        }
        return changed
    }

    /// The highest local time the clock has shown up to `instant`: the time it shows, unless it has just gone back.
    func highestLocal(at instant: Int) -> Int {
        let local = instant + offset(at: instant)
        let start = instant - Self.window
        guard let change = change(after: start, through: instant) else { return local }
        return max(local, change - 1 + offset(at: start))
    }

    /// The first instant at which the clock shows `local` or a later time.
    func firstInstant(reaching local: Int) -> Int {
        let (start, end) = (local - Self.window / 2, local + Self.window / 2)
        let early = local - offset(at: start)
        guard let change = change(after: start, through: end), early >= change else { return early }
        return max(change, local - offset(at: end))
    }
}

/// The moments at which a pattern fires in a zone.
struct NextFiring: Sendable, Hashable {
    let pattern: CivilPattern
    let clock: ZoneClock

    /// The first firing after `date`, on a whole second; nil if there is none.
    func next(after date: Date) -> Date? {
        guard let instant = date.wholeSeconds else { return nil }
        return next(after: instant).map { Date(timeIntervalSince1970: TimeInterval($0)) }
    }

    func next(after instant: Int) -> Int? {
        pattern.isInterval ? nextShown(after: instant) : nextReached(after: instant)
    }

    /// For a time of day.
    private func nextReached(after instant: Int) -> Int? {
        pattern.next(from: clock.highestLocal(at: instant) + 1).map(clock.firstInstant(reaching:))
    }

    /// For intervals: walks from one change of the clock to the next until a match comes before a change.
    private func nextShown(after instant: Int) -> Int? {
        let limit = instant + CivilPattern.yearsSearched * 366 * Civil.secondsPerDay
        var start = instant + 1
        while start <= limit {
            let offset = clock.offset(at: start)
            guard let local = pattern.next(from: start + offset) else { return nil }
            let match = local - offset
            let near = start + ZoneClock.window
            if let change = clock.change(after: start, through: min(match, near)) {
                start = change
            } else if match <= near {
                return match
            } else {
                // No time between here and the match can match, whatever the offset there. Stop just before it.
                start = max(near, match - ZoneClock.window)
            }
        }
        return nil
    }
}

extension Date {
    /// Whole seconds since 1970, rounded down; nil before `Date.distantPast` and after the year 9999.
    var wholeSeconds: Int? {
        let seconds = timeIntervalSince1970.rounded(.down)
        guard seconds >= Date.distantPast.timeIntervalSince1970, seconds < 253_402_300_800 else { return nil }
        return Int(seconds)
    }
}
