// A claimed job with hooks around it. It stands in for the job it wraps, so an attempt does not know that there are hooks;
// and a queue without any pays nothing.

import Synchronization

final class HookedJob: RunnableJob {
    private let inner: any RunnableJob
    private let job: ClaimedJob
    private let hooks: JobHooks
    private let middleware: [JobMiddleware]
    private let clock: JobClock
    /// Where jobs run.
    private let pool: ThreadPool
    private let begun = Atomic<Int64>(0)
    private let ended = Atomic<Int64>(0)
    private let waited = Atomic<Int64>(-1)

    init(
        _ inner: any RunnableJob, _ job: ClaimedJob, hooks: JobHooks, middleware: [JobMiddleware], clock: JobClock,
        pool: ThreadPool
    ) {
        self.inner = inner
        self.job = job
        self.hooks = hooks
        self.middleware = middleware
        self.clock = clock
        self.pool = pool
    }

    /// How long the job had been due when it began; `nil` if it did not.
    var wait: Duration? {
        let microseconds = waited.load(ordering: .relaxed)
        return microseconds < 0 ? nil : .microseconds(microseconds)
    }

    /// How long it ran, or has run; `nil` if it did not begin.
    var runTime: Duration? {
        let start = begun.load(ordering: .relaxed)
        guard start > 0 else { return nil }
        let end = ended.load(ordering: .relaxed)
        return .microseconds(max(0, (end > 0 ? end : Self.now) - start))
    }

    func encode(_ output: any Sendable) throws -> [UInt8] { try inner.encode(output) }

    func run(_ context: JobContext) async throws -> JobOutput {
        begin()
        guard !middleware.isEmpty else {
            defer { ended.store(Self.now, ordering: .relaxed) }
            return try await inner.run(context)
        }
        for middleware in middleware {
            guard let before = middleware.before else { continue }
            // A tenth of what the job has: a hook that hangs must not leave it without time.
            await hooks.call(middleware, "before", for: context, longest: job.spec.timeout / 10) {
                try await before(context)
            }
        }
        begun.store(Self.now, ordering: .relaxed)
        do {
            let output = try await run(context, in: middleware[...])
            ended.store(Self.now, ordering: .relaxed)
            await tell(of: output, context)
            return output
        } catch {
            ended.store(Self.now, ordering: .relaxed)
            await tell(of: error, context)
            throw error
        }
    }

    private func begin() {
        let now = clock.now
        let wait = max(.zero, now - job.dueAt)
        waited.store(wait.microseconds, ordering: .relaxed)
        begun.store(Self.now, ordering: .relaxed)
        hooks.events.emit(
            JobEvent(.started, job.id, job.spec, attempt: job.attempt, lease: job.lease, at: now, wait: wait))
    }

    // MARK: - Around

    private func run(_ context: JobContext, in rest: ArraySlice<JobMiddleware>) async throws -> JobOutput {
        guard let next = rest.first else { return try await inner.run(context) }
        guard let around = next.around else { return try await run(context, in: rest.dropFirst()) }
        guard let strays = hooks.strays(of: next, "around", job.id, job.spec) else {
            return try await run(context, in: rest.dropFirst())
        }
        let ending = await AroundCall.run(
            within: hooks.limit(longest: job.spec.timeout / 10), on: pool, strays: strays,
            hook: { try await around(context, $0) },
            job: { try await self.run(context, in: rest.dropFirst()) })
        for complaint in ending.complaints { hooks.complain(next, complaint, job.id, job.spec) }
        if let result = ending.job { return try result.get() }
        return try await run(context, in: rest.dropFirst())
    }

    // MARK: - Afterwards

    private func tell(of output: JobOutput, _ context: JobContext) async {
        // Written off meanwhile, or no longer this worker's: what it returned counts for nothing.
        guard case .live(let value) = output, isStillOurs(context) else { return }
        for middleware in middleware.reversed() {
            guard let after = middleware.after else { continue }
            await hooks.call(middleware, "after", for: context, longest: timeLeft(context)) {
                try await after(context, value)
            }
        }
    }

    private func tell(of error: any Error, _ context: JobContext) async {
        guard isStillOurs(context) else { return }
        let failure: any Error
        switch context.owner.interrupted {
        case .request, .shutdown, .leaseLost: return
        case .timeout: failure = TimedOut(limit: job.spec.timeout)
        case .none, .tooLate: failure = error
        }
        guard !(failure is Snooze) else { return }
        for middleware in middleware.reversed() {
            guard let failed = middleware.failed else { continue }
            await hooks.call(middleware, "failed", for: context, longest: timeLeft(context)) {
                try await failed(context, failure)
            }
        }
    }

    private func isStillOurs(_ context: JobContext) -> Bool {
        !context.owner.hasFinished && context.owner.interrupted != .leaseLost
    }

    /// Tells of an attempt that was written off because it ignores its timeout: it has failed, and will not say so.
    func tellWrittenOff(_ context: JobContext) async {
        for middleware in middleware.reversed() {
            guard let failed = middleware.failed else { continue }
            await hooks.call(middleware, "failed", for: context, longest: job.spec.timeout) {
                try await failed(context, TimedOut(limit: self.job.spec.timeout))
            }
        }
    }

    /// What the hooks may take without the attempt being written off over them: until the deadline, and after it half of
    /// the second that a job has to clean up.
    private func timeLeft(_ context: JobContext) -> Duration {
        let left = context.deadline - clock.now
        return left > .milliseconds(500) ? left : .milliseconds(500)
    }

    private static let epoch = ContinuousClock.now

    /// Microseconds since some moment of this process, never zero.
    private static var now: Int64 {
        // First of all: it is made when it is first asked for, and must not be later than now.
        let epoch = epoch
        return (ContinuousClock.now - epoch).microseconds + 1
    }
}
