// One attempt inside an around hook, with a watch on the hook.
//
//     hook's task    enters ───► the job ───► leaves
//                    ┊ too long               ┊ too long
//     attempt        └► runs the job itself   └► goes on with what the job came to
//
// The hook has a task of its own, with the attempt's task-local values, which is cancelled when the attempt is; so the
// attempt need not wait for a hook that hangs. The time that the job takes is the job's and does not count.

import Synchronization

final class AroundCall: Sendable {
    /// What came of it.
    struct Ending: Sendable {
        /// What the job came to; `nil` if the hook did not run it.
        var job: Result<JobOutput, any Error>?
        /// What is wrong with the hook.
        var complaints: [String] = []
    }

    private enum Phase {
        case entering
        case inside
        case leaving(Result<JobOutput, any Error>)
        case over
    }

    private struct State {
        var phase = Phase.entering
        /// Counts the phases, so that an alarm knows its own.
        var turn = 0
        var continuation: CheckedContinuation<Ending, Never>?
        var task: Task<Void, Never>?
        var alarm: Task<Void, Never>?
        var isCancelled = false
    }

    private let limit: Duration
    private let pool: ThreadPool
    private let strays: Strays
    private let state = Mutex(State())

    private init(limit: Duration, pool: ThreadPool, strays: Strays) {
        self.limit = limit
        self.pool = pool
        self.strays = strays
    }

    /// Runs a job inside a hook.
    /// - Parameters:
    ///   - limit: How long the hook may take before the job, and again after it.
    ///   - pool: Where both run.
    ///   - strays: Counts the calls that were given up and have not come back.
    ///   - hook: The hook.
    ///   - job: The job; run once at the most.
    static func run(
        within limit: Duration, on pool: ThreadPool, strays: Strays,
        hook: @escaping @Sendable (_ body: () async throws -> Void) async throws -> Void,
        job: @escaping @Sendable () async throws -> JobOutput
    ) async -> Ending {
        let call = AroundCall(limit: limit, pool: pool, strays: strays)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { call.begin($0, hook, job) }
        } onCancel: {
            call.cancel()
        }
    }

    private func begin(
        _ continuation: CheckedContinuation<Ending, Never>,
        _ hook: @escaping @Sendable (_ body: () async throws -> Void) async throws -> Void,
        _ job: @escaping @Sendable () async throws -> JobOutput
    ) {
        state.withLock { $0.continuation = continuation }
        watch(turn: 0)
        let task = Task(executorPreference: pool) { [pool] in
            var thrown: (any Error)?
            do {
                try await hook {
                    guard self.enter() else { return }
                    do {
                        let output = try await job()
                        self.leave(with: .success(output))
                    } catch {
                        self.leave(with: .failure(error))
                        throw error
                    }
                }
            } catch { thrown = error }
            self.hasLeft(thrown)
            withExtendedLifetime(pool) {}
        }
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    private func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    // MARK: - The hook's steps

    /// Answers whether the job is to be run now.
    private func enter() -> Bool {
        let alarm = state.withLock { state -> Task<Void, Never>?? in
            guard case .entering = state.phase else { return nil }
            state.phase = .inside
            state.turn += 1
            return .some(state.alarm)
        }
        guard let alarm else { return false }
        alarm?.cancel()
        return true
    }

    private func leave(with result: Result<JobOutput, any Error>) {
        let turn = state.withLock { state in
            state.phase = .leaving(result)
            state.turn += 1
            return state.turn
        }
        watch(turn: turn)
    }

    private func hasLeft(_ thrown: (any Error)?) {
        let ending: Ending? = state.withLock { state in
            defer { state.phase = .over }
            let complaint = thrown.map { "around hook threw: \($0)" }
            switch state.phase {
            case .entering, .inside:
                let complaints = [complaint, "around hook did not run the job; it runs without it"]
                return Ending(complaints: complaints.compactMap(\.self))
            // The job's own error on its way through is nobody's fault but the job's.
            case .leaving(.failure(let error)): return Ending(job: .failure(error))
            case .leaving(.success(let output)):
                return Ending(job: .success(output), complaints: [complaint].compactMap(\.self))
            case .over: return nil
            }
        }
        guard let ending else {
            strays.cameBack()
            return pool.retireReplacement()
        }
        end(ending)
    }

    // MARK: - Time

    private func watch(turn: Int) {
        let alarm = Task.detached { [limit, weak self] in
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            self?.isLate(turn)
        }
        let isOver = state.withLock { state in
            guard state.turn == turn, case .some = state.continuation else { return true }
            state.alarm = alarm
            return false
        }
        if isOver { alarm.cancel() }
    }

    private func isLate(_ turn: Int) {
        let (ending, task) = state.withLock { state -> (Ending?, Task<Void, Never>?) in
            guard state.turn == turn else { return (nil, nil) }
            let ending: Ending
            switch state.phase {
            case .entering:
                ending = Ending(complaints: ["around hook took longer than \(limit) to run the job; it runs without it"]
                )
            case .leaving(let result):
                ending = Ending(job: result, complaints: ["around hook took longer than \(limit) to end; given up"])
            case .inside, .over: return (nil, nil)
            }
            state.phase = .over
            strays.wentAstray()
            return (ending, state.task)
        }
        guard let ending else { return }
        pool.replaceStuckThread()
        task?.cancel()
        end(ending)
    }

    private func end(_ ending: Ending) {
        let (continuation, alarm) = state.withLock { state in
            defer { (state.continuation, state.alarm) = (nil, nil) }
            return (state.continuation, state.alarm)
        }
        alarm?.cancel()
        continuation?.resume(returning: ending)
    }
}
