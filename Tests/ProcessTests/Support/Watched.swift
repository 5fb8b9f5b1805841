// What is known of a process, and a way to wait until it is enough.

import Foundation
import Synchronization

/// What a process said and how it ended.
final class Watched: Sendable {
    struct State: Sendable {
        var lines: [String] = []
        var status: Int32?
        var isOutputOver = false
        fileprivate var waiting: [UUID: CheckedContinuation<Void, Never>] = [:]

        /// It has ended, and all it said was heard.
        var isOver: Bool { status != nil && isOutputOver }
    }

    private let state = Mutex(State())

    func look<Result>(_ look: (State) -> Result) -> Result { state.withLock { look($0) } }

    func end(_ status: Int32) { change { $0.status = status } }

    func change(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until a condition holds. Answers false if the limit comes first.
    func wait(_ limit: Duration, until isDone: (State) -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while !look(isDone) {
            guard ContinuousClock.now < deadline else { return false }
            await nextChange(before: deadline, isDone)
        }
        return true
    }

    private func nextChange(before deadline: ContinuousClock.Instant, _ isDone: (State) -> Bool) async {
        let id = UUID()
        let alarm = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if isDone(state) { return true }
                state.waiting[id] = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        alarm.cancel()
    }
}
