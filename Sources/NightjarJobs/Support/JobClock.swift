// Whose time it is, twice over:
//
//     now      the wall clock: what is due, and what people read. It is set, by people and by time servers, and jumps.
//     uptime   what has passed: intervals, timeouts, leases. It never jumps; it stands still while the machine sleeps.
//
// A backend decides with its clock what is due and whose lease ran out; nothing else in the engine looks at the time.
// Tests put a clock here that they move by hand.

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Tells the time and waits for it.
public struct JobClock: Sendable {
    private let time: @Sendable () -> Timestamp
    private let wait: @Sendable (Timestamp) async throws -> Void
    private let passed: @Sendable () -> Duration
    private let rest: @Sendable (Duration) async throws -> Void

    /// A clock made of its abilities.
    /// - Parameters:
    ///   - now: The time; it may jump, as wall clocks do.
    ///   - sleep: Returns once the time has come, or throws when the task is cancelled.
    ///   - uptime: How long it is since some moment before the process began; it never jumps. The machine's if left out.
    ///   - rest: Returns once `uptime` has reached a value, or throws when the task is cancelled.
    public init(
        now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (_ until: Timestamp) async throws -> Void,
        uptime: @escaping @Sendable () -> Duration = machineUptime,
        rest: @escaping @Sendable (_ until: Duration) async throws -> Void = machineRest
    ) {
        self.time = now
        self.wait = sleep
        self.passed = uptime
        self.rest = rest
    }

    /// The machine's clocks.
    public static let system = JobClock(
        now: wallTime,
        sleep: { until in
            // Sleeping in bounded steps lets a wall clock that was set forward be noticed within a minute.
            while true {
                let left = until - wallTime()
                guard left > .zero else { return }
                try await Task.sleep(for: min(left, .seconds(60)), tolerance: .zero)
            }
        }
    )

    /// The time now.
    public var now: Timestamp { time() }

    /// How long it is since some moment in the past: for intervals, which a wall clock that is set must not stretch.
    public var uptime: Duration { passed() }

    /// Waits until a moment of the wall clock.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func sleep(until moment: Timestamp) async throws { try await wait(moment) }

    /// Waits for an interval, whatever is done to the wall clock meanwhile.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func sleep(for interval: Duration) async throws { try await rest(passed() + interval) }

    /// Waits until ``uptime`` has reached a value.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func sleep(untilUptime moment: Duration) async throws { try await rest(moment) }

    /// How long the machine has been up, without the time it slept.
    public static let machineUptime: @Sendable () -> Duration = {
        #if canImport(Darwin)
            let clock = CLOCK_UPTIME_RAW
        #else
            let clock = CLOCK_MONOTONIC
        #endif
        var time = timespec()
        clock_gettime(clock, &time)
        return .microseconds(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Waits until ``machineUptime`` has reached a value.
    public static let machineRest: @Sendable (Duration) async throws -> Void = { until in
        while true {
            let left = until - machineUptime()
            guard left > .zero else { return }
            try await Task.sleep(for: left, tolerance: .zero, clock: .suspending)
        }
    }
}

@Sendable private func wallTime() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
}
