// Which queue is meant by code that says `background(…)` or `mail.send()` without naming one:
//
//     that of the request it acts for     the web layer says which, with `ask`; the engine knows no requests
//     that of the app or runner in whose task tree it runs, so inside a job the queue the job came from
//     that of the app that began to run last in this process

import Synchronization

package enum RunningQueue {
    private struct State {
        var running: [JobQueue] = []
        var nearest: (@Sendable () -> JobQueue?)?
    }

    @TaskLocal private static var own: JobQueue?
    private static let state = Mutex(State())

    /// The queue that is meant here; `nil` if nothing is running.
    package static var current: JobQueue? {
        let (nearest, last) = state.withLock { ($0.nearest, $0.running.last) }
        return nearest?() ?? own ?? last
    }

    /// Sets who is asked first: a function that knows the queue of what surrounds its caller, or answers `nil`.
    package static func ask(_ nearest: @escaping @Sendable () -> JobQueue?) {
        state.withLock { $0.nearest = nearest }
    }

    /// Runs an app, whose queue is meant by everything it does.
    package static func bind<Result>(_ queue: JobQueue, _ body: () async throws -> Result) async rethrows -> Result {
        state.withLock { $0.running.append(queue) }
        defer {
            state.withLock { state in
                if let index = state.running.lastIndex(where: { $0 === queue }) { state.running.remove(at: index) }
            }
        }
        return try await $own.withValue(queue, operation: body)
    }
}
