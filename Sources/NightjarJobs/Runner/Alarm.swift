// Raises a signal at a moment: the nearest one it was set to. Setting it to a later moment than the pending one changes
// nothing, because whoever is woken looks at the store and sets it anew.

import Synchronization

/// Rings at a moment of the wall clock: when something is due.
typealias Alarm = Bell<Timestamp>

/// Rings when the clock's uptime has reached a value: when an interval is over, whatever the wall clock is set to.
typealias Countdown = Bell<Duration>

final class Bell<Moment: Comparable & Sendable>: Sendable {
    private struct Pending: Sendable {
        var moment: Moment
        var task: Task<Void, Never>
    }

    private let sleep: @Sendable (Moment) async throws -> Void
    private let signal: Signal
    private let pending = Mutex<Pending?>(nil)

    init(raises signal: Signal, sleep: @escaping @Sendable (Moment) async throws -> Void) {
        self.sleep = sleep
        self.signal = signal
    }

    deinit { pending.withLock { $0?.task.cancel() } }

    func set(_ moment: Moment) {
        pending.withLock { pending in
            if let pending, pending.moment <= moment { return }
            pending?.task.cancel()
            let (sleep, signal) = (sleep, signal)
            // Detached: who sets the alarm may be a page, and its request must not be kept until the alarm goes off.
            let task = Task.detached { [weak self] in
                guard (try? await sleep(moment)) != nil else { return }
                self?.clear(moment)
                signal.raise()
            }
            pending = Pending(moment: moment, task: task)
        }
    }

    func cancel() {
        pending.withLock { pending in
            pending?.task.cancel()
            pending = nil
        }
    }

    private func clear(_ moment: Moment) {
        pending.withLock { if $0?.moment == moment { $0 = nil } }
    }
}

extension Bell<Timestamp> {
    convenience init(_ clock: JobClock, raises signal: Signal) {
        self.init(raises: signal) { try await clock.sleep(until: $0) }
    }
}

extension Bell<Duration> {
    convenience init(_ clock: JobClock, raises signal: Signal) {
        self.init(raises: signal) { try await clock.sleep(untilUptime: $0) }
    }
}
