// A call that is given up when it takes too long. What was given up is cancelled and left behind, since nothing says that
// it listens; the pool gets another thread in case it blocks the one it has.
//
//     queued ──► begun ──► returned, threw
//       │ limit    │ limit
//       └► late    └► late, its thread replaced
//
// A hook's time runs from when it begins. One that got no thread in as much time is given up as well and never begins, so
// that none runs after what it was to come before.

import Synchronization

enum HookCall {
    enum Outcome: Sendable {
        case returned
        case threw(any Error)
        case late
    }

    /// Runs a body with the caller's task-local values, but not in the caller's task: that may be cancelled already, and
    /// a hook that tells of it must run all the same.
    /// - Parameter strays: Counts the calls that were given up and have not come back.
    static func run(
        within limit: Duration, on pool: ThreadPool, strays: Strays? = nil,
        _ body: @escaping @Sendable () async throws -> Void
    ) async -> Outcome {
        await withCheckedContinuation { continuation in
            let answer = OnceAnswer(continuation)
            let work = Task(executorPreference: pool) {
                guard answer.begin() else { return }
                let outcome: Outcome
                do {
                    try await body()
                    outcome = .returned
                } catch { outcome = .threw(error) }
                guard !answer.give(outcome).isFirst else { return }
                strays?.cameBack()
                pool.retireReplacement()
            }
            let alarm = Task {
                var end = ContinuousClock.now + limit
                while true {
                    guard (try? await Task.sleep(until: end, clock: .continuous)) != nil else { return }
                    // Begun in the meantime: its time is not over.
                    guard let begun = answer.begun, begun + limit > .now else { break }
                    end = begun + limit
                }
                // Counted before the answer, so that whoever hears of it finds it counted.
                strays?.wentAstray()
                let (isFirst, hasBegun) = answer.give(.late)
                if isFirst, hasBegun { pool.replaceStuckThread() } else { strays?.cameBack() }
                if isFirst { work.cancel() }
            }
            answer.whenGiven { alarm.cancel() }
        }
    }
}

/// How many calls of one hook were given up and have not come back. A hook that hangs costs a thread each time; so after a
/// few it is called no more until one of them has come back.
final class Strays: Sendable {
    /// Four may be bad luck, more are a pattern.
    static let limit = 4

    private let count = Atomic<Int>(0)
    private let isPassedOver = Atomic<Bool>(false)

    /// Whether to pass the hook over, and whether that is news.
    var verdict: (passOver: Bool, isNews: Bool) {
        guard count.load(ordering: .sequentiallyConsistent) >= Self.limit else {
            isPassedOver.store(false, ordering: .sequentiallyConsistent)
            return (false, false)
        }
        return (true, !isPassedOver.exchange(true, ordering: .sequentiallyConsistent))
    }

    func wentAstray() { count.add(1, ordering: .sequentiallyConsistent) }

    func cameBack() { count.subtract(1, ordering: .sequentiallyConsistent) }
}

/// An answer that only the first gives.
private final class OnceAnswer: Sendable {
    private struct State {
        var continuation: CheckedContinuation<HookCall.Outcome, Never>?
        var begun: ContinuousClock.Instant?
        var after: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(_ continuation: CheckedContinuation<HookCall.Outcome, Never>) {
        state = Mutex(State(continuation: continuation))
    }

    /// When the body began.
    var begun: ContinuousClock.Instant? { state.withLock(\.begun) }

    /// Answers whether the body is still wanted.
    func begin() -> Bool {
        state.withLock { state in
            state.begun = .now
            return state.continuation != nil
        }
    }

    /// Answers whether nobody had answered before, and whether the body had begun.
    func give(_ outcome: HookCall.Outcome) -> (isFirst: Bool, hasBegun: Bool) {
        let (continuation, after, hasBegun) = state.withLock { state in
            defer { state.continuation = nil }
            return (state.continuation, state.after, state.begun != nil)
        }
        continuation?.resume(returning: outcome)
        if continuation != nil { after?() }
        return (continuation != nil, hasBegun)
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
