// Raises a signal at a moment: the nearest one it was set to. Setting it to a later moment than the pending one changes
// nothing, because whoever is woken looks at the store and sets it anew.

import Synchronization

final class Alarm: Sendable {
    private struct Pending: Sendable {
        var moment: Timestamp
        var task: Task<Void, Never>
    }

    private let clock: JobClock
    private let signal: Signal
    private let pending = Mutex<Pending?>(nil)

    init(_ clock: JobClock, raises signal: Signal) {
        self.clock = clock
        self.signal = signal
    }

    deinit { pending.withLock { $0?.task.cancel() } }

    func set(_ moment: Timestamp) {
        pending.withLock { pending in
            if let pending, pending.moment <= moment { return }
            pending?.task.cancel()
            let (clock, signal) = (clock, signal)
            // Detached: who sets the alarm may be a page, and its request must not be kept until the alarm goes off.
            let task = Task.detached { [weak self] in
                guard (try? await clock.sleep(until: moment)) != nil else { return }
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

    private func clear(_ moment: Timestamp) {
        pending.withLock { if $0?.moment == moment { $0 = nil } }
    }
}
