// "Something happened, look again." The one way in which the engine's loops are woken.
//
// Raising is remembered until the next wait, and many raises before it count as one: whoever waits must look at the
// state itself. Raising never blocks and takes no lock, because a page raises it and a job's low-priority thread may
// be raising it at the same moment.
//
//     0 quiet ──raise──► 1 raised ──wait──► 0
//     0 quiet ──wait───► address of the waiter ──raise──► 1, waiter resumed

import Synchronization

/// An event that one task at a time waits for and anybody raises.
package final class Signal: Sendable {
    private let state = Atomic<UInt>(0)

    package init() {}

    deinit { _ = take(state.exchange(0, ordering: .sequentiallyConsistent)) }

    /// Wakes the waiter, or lets the next wait return at once.
    package func raise() {
        if state.load(ordering: .sequentiallyConsistent) == 1 { return }
        take(state.exchange(1, ordering: .sequentiallyConsistent))?.resume()
    }

    /// Returns once the signal has been raised since the last wait. Returns early when the task is cancelled.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Unmanaged.passRetained(Waiter(continuation)).toOpaque()
                let (stored, _) = state.compareExchange(
                    expected: 0, desired: UInt(bitPattern: waiter), ordering: .sequentiallyConsistent)
                if !stored { take(UInt(bitPattern: waiter))?.resume() }
            }
            state.store(0, ordering: .sequentiallyConsistent)
        } onCancel: {
            raise()
        }
    }

    /// The same, but not beyond a moment.
    package func wait(until limit: ContinuousClock.Instant) async {
        let alarm = Task {
            // A limit that is no longer needed must not wake the next wait.
            guard (try? await Task.sleep(until: limit, clock: .continuous)) != nil else { return }
            raise()
        }
        await wait()
        alarm.cancel()
    }

    private func take(_ address: UInt) -> CheckedContinuation<Void, Never>? {
        guard address > 1, let pointer = UnsafeRawPointer(bitPattern: address) else { return nil }
        return Unmanaged<Waiter>.fromOpaque(pointer).takeRetainedValue().continuation
    }

    private final class Waiter {
        let continuation: CheckedContinuation<Void, Never>
        init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }
    }
}
