// A call that is given up when it takes too long. What was given up is cancelled and left behind, since nothing says that
// it listens; the pool gets another thread in case it blocks the one it has.

import Synchronization

enum HookCall {
    enum Outcome: Sendable {
        case returned
        case threw(any Error)
        case late
    }

    /// Runs a body with the caller's task-local values, but not in the caller's task: that may be cancelled already, and
    /// a hook that tells of it must run all the same.
    static func run(
        within limit: Duration, on pool: ThreadPool, _ body: @escaping @Sendable () async throws -> Void
    ) async -> Outcome {
        await withCheckedContinuation { continuation in
            let answer = OnceAnswer(continuation)
            let work = Task(executorPreference: pool) {
                let outcome: Outcome
                do {
                    try await body()
                    outcome = .returned
                } catch { outcome = .threw(error) }
                if !answer.give(outcome) { pool.retireReplacement() }
            }
            let alarm = Task {
                guard (try? await Task.sleep(for: limit)) != nil, answer.give(.late) else { return }
                pool.replaceStuckThread()
                work.cancel()
            }
            answer.whenGiven { alarm.cancel() }
        }
    }
}

/// An answer that only the first gives.
private final class OnceAnswer: Sendable {
    private struct State {
        var continuation: CheckedContinuation<HookCall.Outcome, Never>?
        var after: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(_ continuation: CheckedContinuation<HookCall.Outcome, Never>) {
        state = Mutex(State(continuation: continuation))
    }

    /// Answers whether nobody had answered before.
    func give(_ outcome: HookCall.Outcome) -> Bool {
        let (continuation, after) = state.withLock { state in
            defer { state.continuation = nil }
            return (state.continuation, state.after)
        }
        continuation?.resume(returning: outcome)
        if continuation != nil { after?() }
        return continuation != nil
    }

    /// Does something once there is an answer; at once if there is one.
    func whenGiven(_ action: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            state.after = action
            return state.continuation == nil
        }
        if isOver { action() }
    }
}
