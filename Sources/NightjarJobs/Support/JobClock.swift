// Whose time it is. A backend decides with its clock what is due and whose lease ran out; nothing else in the engine
// looks at the time. Tests put a clock here that they move by hand.

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Tells the time and waits for it.
public struct JobClock: Sendable {
    private let time: @Sendable () -> Timestamp
    private let wait: @Sendable (Timestamp) async throws -> Void

    /// A clock made of its two abilities.
    /// - Parameters:
    ///   - now: The time; it may jump, as wall clocks do.
    ///   - sleep: Returns once the time has come, or throws when the task is cancelled.
    public init(
        now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (_ until: Timestamp) async throws -> Void
    ) {
        self.time = now
        self.wait = sleep
    }

    /// The machine's wall clock.
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

    /// Waits until a moment.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func sleep(until moment: Timestamp) async throws { try await wait(moment) }
}

@Sendable private func wallTime() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
}
