// How the engine keeps up with jobs that end faster than a thread can be woken.
//
// Usually the engine's thread sleeps, and each job that ends wakes it. When jobs take microseconds, that wake-up is most
// of what they cost, and a slot stands empty until it has happened. So when many end within a millisecond, the engine
// changes its step:
//
//     calm   is woken by every ending; claims as many jobs as there are free slots
//     busy   wakes by itself at every beat and takes what has gathered; claims more jobs than there are free slots,
//            about as many as end in half a millisecond, so that slots do not run dry until it has come round again
//
// It is calm again when jobs end more slowly, or nothing has ended for half a millisecond; then what was claimed beyond
// the free slots and has not begun goes back to its queue. An idle engine has no beat.
//
// Pure: a value that is told what happened and when.

/// Decides how often the engine looks, and how many jobs it takes ahead.
struct Pace: Sendable {
    /// How often a busy engine looks: 100 µs, the cost of a few wake-ups, and less than anybody notices.
    static let beat = Duration.microseconds(100)
    /// From how many endings a millisecond on it is busy: 20, when waking a thread for each would cost more than they do.
    static let busyRate = 20.0
    /// How many jobs may be claimed beyond the free slots: 256, half a millisecond of the fastest jobs there can be.
    static let mostAhead = 256

    private static let window = Duration.milliseconds(1)
    private static let patience = Duration.microseconds(500)
    private var windowStart: ContinuousClock.Instant
    private var lastEnding: ContinuousClock.Instant
    private var endings = 0
    private var endingsPerMillisecond = 0.0

    /// Whether jobs end faster than it pays to be woken for.
    private(set) var isBusy = false

    init(at now: ContinuousClock.Instant) {
        windowStart = now
        lastEnding = now
    }

    /// How many jobs may be claimed beyond the free slots.
    var ahead: Int { isBusy ? min(Self.mostAhead, 16 + Int(endingsPerMillisecond / 2)) : 0 }

    /// So many attempts have ended.
    mutating func ended(_ count: Int, at now: ContinuousClock.Instant) {
        endings += count
        lastEnding = now
        let elapsed = now - windowStart
        guard elapsed >= Self.window else { return }
        endingsPerMillisecond = Double(endings) / (elapsed / Self.window)
        isBusy = endingsPerMillisecond >= Self.busyRate
        windowStart = now
        endings = 0
    }

    /// How long to look away now that there is nothing to do; zero means until woken.
    mutating func rest(at now: ContinuousClock.Instant) -> Duration {
        if now - lastEnding > Self.patience { isBusy = false }
        return isBusy ? Self.beat : .zero
    }
}
