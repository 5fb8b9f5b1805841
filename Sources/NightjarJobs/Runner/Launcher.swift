// Turns a claimed job into an attempt: finds its code, brings its context back, takes a slot, lines it up to be run.

import Logging

struct Launcher: Sendable {
    let registry: JobRegistry
    let context: (any ContextPropagator)?
    let hooks: JobHooks
    let clock: JobClock
    let slots: Slots
    let lanes: Lanes
    let settler: Settler
    let watchdog: Watchdog
    let logger: Logger

    /// Which version of a job's type this process has code for; `nil` if it has none.
    func version(of name: String) -> Int? { registry.definition(named: name)?.version }

    /// Lines a job up. Answers false if this process has no code for it.
    func start(_ job: ClaimedJob) -> Bool {
        let runnable: any RunnableJob
        switch job.payload {
        case .live(let live): runnable = live
        case .encoded(let bytes):
            guard let definition = registry.definition(named: job.spec.name), job.spec.version <= definition.version
            else { return false }
            runnable = definition.runnable(
                StoredJob(name: job.spec.name, version: job.spec.version, bytes: bytes))
        }
        let (captured, complaint) = restore(job.context)
        let attempt = Attempt(
            job, runnable: hooks.wrap(complaint ?? runnable, job, clock: clock, pool: lanes.pool),
            captured: captured, settler: settler, watchdog: watchdog, logger: logger)
        slots.take(attempt)
        watchdog.watch(attempt)
        if !lanes.lineUp(attempt), attempt.withdraw() { settler.ended(attempt, .released) }
        return true
    }

    private func restore(_ snapshot: ContextSnapshot) -> ((any CapturedContext)?, Unreadable?) {
        switch snapshot {
        case .none: return (nil, nil)
        case .live(let captured): return (captured, nil)
        case .encoded(let bytes):
            // A process without a propagator runs the job without the context, as it would have enqueued it.
            do { return (try context?.restore(bytes), nil) } catch {
                return (nil, Unreadable(error))
            }
        }
    }
}

/// What runs instead of a job whose stored context cannot be understood.
private final class Unreadable: RunnableJob {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    func run(_ context: JobContext) async throws -> JobOutput {
        throw Discard(unreadable: "context", of: context, error)
    }

    func encode(_ output: any Sendable) throws -> [UInt8] { JSON.null }
}
