// What has been told to one listener and not been heard yet. Full, it takes nothing more and counts what it missed: a
// listener that is slow loses events, the engine loses nothing.

import DequeModule
import Synchronization

final class EventBuffer: Sendable {
    private struct State {
        var events: Deque<JobEvent> = []
        var missed = 0
        var isClosed = false
        /// Whether an event was taken and its listener has not come back for the next.
        var isBusy = false
        var idlers: [CheckedContinuation<Void, Never>] = []
    }

    private let limit: Int
    private let state = Mutex(State())
    private let bell = Signal()

    init(limit: Int) { self.limit = limit }

    /// How many events there was no room for.
    var missed: Int { state.withLock(\.missed) }

    /// Puts events in. Answers how many there was no room for.
    func push(_ events: [JobEvent]) -> Int {
        let missed = state.withLock { state in
            guard !state.isClosed else { return 0 }
            let fitting = events.prefix(max(0, limit - state.events.count))
            state.events.append(contentsOf: fitting)
            state.missed += events.count - fitting.count
            return events.count - fitting.count
        }
        bell.raise()
        return missed
    }

    /// The next event, once there is one; `nil` once the buffer is closed and empty, or the task cancelled.
    func next() async -> JobEvent? {
        while !Task.isCancelled {
            let (event, isClosed, idlers) = state.withLock { state in
                let event = state.events.popFirst()
                state.isBusy = event != nil
                defer { if event == nil { state.idlers = [] } }
                return (event, state.isClosed, event == nil ? state.idlers : [])
            }
            for idler in idlers { idler.resume() }
            if let event { return event }
            if isClosed { return nil }
            await bell.wait()
        }
        return nil
    }

    /// Takes nothing more; what is in it can still be read.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.raise()
    }

    /// Returns once everything in it was heard and dealt with.
    func untilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.events.isEmpty, !state.isBusy { return true }
                state.idlers.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }
}
