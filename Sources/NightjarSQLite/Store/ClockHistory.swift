// When, by what has passed on this machine, its wall clock showed a moment.
//
// Rows hold moments of the wall clock, because that is the one clock all processes share; but a wall clock is set, and a
// lease must last as long as it was granted for, no more and no less. So the writer notes at every transaction how the
// two clocks stand to each other, and a lease's beginning is looked up in these notes:
//
//     wall      10:00 ─── 10:07 │ 11:07 ─── 11:20          set forward an hour: two stretches
//     uptime       0 ───────  7 │  7  ────────  20
//
// The clock is set between two looks, so a stretch reaches to the first look after its end and back to the last before its
// beginning. Where a moment was shown twice, the later time counts: better a lease that ends late than one that is taken
// from a living worker. A moment that was never shown was before the notes begin, or in another process's past: it
// counts as their beginning, so nothing lasts longer than its length from then.

import NightjarJobs

/// What is known of how the wall clock was set.
struct ClockHistory: Sendable {
    private struct Stretch {
        /// The wall clock's microseconds less those of the uptime.
        var offset: Int64
        var from: Duration
        var until: Duration?
    }

    /// How far the clocks may drift apart before it counts as set: 1 s. Time servers correct less than that gradually.
    private static let tolerance = Duration.seconds(1)
    /// How many stretches are kept: 16, since nobody sets a clock so often within a lease.
    private static let kept = 16

    private var stretches: [Stretch]
    /// The uptime at the latest look.
    private(set) var uptime: Duration

    /// Notes that begin with a look at both clocks.
    init(now: Timestamp, uptime: Duration) {
        stretches = [Stretch(offset: Self.offset(now, uptime), from: uptime)]
        self.uptime = uptime
    }

    /// Takes a look at both clocks.
    mutating func note(now: Timestamp, uptime: Duration) {
        defer { self.uptime = uptime }
        let offset = Self.offset(now, uptime)
        let last = stretches.count - 1
        guard abs(offset - stretches[last].offset) > Self.tolerance.microseconds else { return }
        stretches[last].until = uptime
        stretches.append(Stretch(offset: offset, from: self.uptime))
        if stretches.count > Self.kept { stretches.removeFirst() }
    }

    /// The latest uptime at which the wall clock showed a moment.
    func uptime(at moment: Timestamp) -> Duration {
        let candidates = stretches.compactMap { stretch -> Duration? in
            let (microseconds, overflow) = moment.microseconds.subtractingReportingOverflow(stretch.offset)
            let candidate = Duration.microseconds(microseconds)
            guard !overflow, candidate >= stretch.from - Self.tolerance,
                candidate <= (stretch.until ?? uptime) + Self.tolerance
            else { return nil }
            return candidate
        }
        return candidates.max() ?? stretches[0].from
    }

    private static func offset(_ now: Timestamp, _ uptime: Duration) -> Int64 {
        now.microseconds - uptime.microseconds
    }
}

extension JobClock {
    /// Both clocks at one moment: looked at again if something came between the two looks.
    var both: (now: Timestamp, uptime: Duration) {
        var before = uptime
        while true {
            let time = now
            let after = uptime
            if after - before < .milliseconds(100) { return (time, after) }
            before = after
        }
    }
}
