// What hangs in a queue from outside: middleware and listeners, the threads they run on, and the time they may take.
//
// The engine asks two questions, each one atomic read: is there middleware, does anybody listen. The threads are started
// when the first hook is called. They are neither the jobs' (a hook that hangs takes no job's place) nor the engine's.

import Logging
import Synchronization

package final class JobHooks: Sendable {
    let middleware = GrowingList<JobMiddleware>()
    let events: EventPump
    private let listeners = GrowingList<EventListener>()
    private let attemptMiddleware = GrowingList<JobMiddleware>()
    /// Threads are started as they are needed; sixteen let hooks that wait for another system keep up with many jobs.
    private let pool = ThreadPool(name: "nightjar-hook", threads: 16, priority: .normal)
    private let strays = Mutex<[String: Strays]>([:])
    private let limit: Duration
    private let logger: Logger

    init(limit: Duration, logger: Logger) {
        self.limit = limit
        self.logger = logger
        events = EventPump(pool: pool, logger: logger)
    }

    deinit {
        events.close()
        pool.stop()
    }

    func use(_ new: JobMiddleware) {
        middleware.append(new)
        if new.actsOnAttempts { attemptMiddleware.append(new) }
    }

    func listen(_ name: String, buffer size: Int, _ handle: @escaping @Sendable (JobEvent) async throws -> Void) {
        let buffer = EventBuffer(limit: size)
        let listener = EventListener(
            name, buffer: buffer, limit: limit, pool: pool, logger: logger, handle: handle)
        listeners.append(listener)
        events.add(buffer)
        listener.start()
    }

    /// A job about to be stored, after everybody has had a look at it.
    func draft(_ job: consuming NewJob) -> NewJob {
        middleware.isEmpty ? job : changed(job)
    }

    private func changed(_ job: NewJob) -> NewJob {
        var draft = JobDraft(job)
        for middleware in middleware.elements {
            guard let enqueue = middleware.enqueue else { continue }
            var changed = draft
            do {
                try enqueue(&changed)
                draft = changed
            } catch { complain(middleware, "enqueue hook threw: \(error)", job.id, job.spec) }
        }
        guard draft.tags != job.spec.tags || draft.metadata != job.spec.metadata else { return job }
        var new = job
        new.spec = job.spec.with(tags: draft.tags, metadata: draft.metadata)
        return new
    }

    /// A claimed job with the hooks around it; itself if there are none.
    func wrap(_ runnable: any RunnableJob, _ job: ClaimedJob, clock: JobClock, pool: ThreadPool) -> any RunnableJob {
        guard !attemptMiddleware.isEmpty || events.isHeard else { return runnable }
        return HookedJob(
            runnable, job, hooks: self, middleware: attemptMiddleware.elements, clock: clock, pool: pool)
    }

    /// Calls a hook, and gives it up when it takes too long.
    /// - Parameter longest: How long it may take, if that is less than the usual limit.
    func call(
        _ middleware: JobMiddleware, _ hook: String, for job: JobContext, longest: Duration,
        _ body: @escaping @Sendable () async throws -> Void
    ) async {
        let limit = self.limit(longest: longest)
        guard let strays = strays(of: middleware, hook, job.id, job.owner.job.spec) else { return }
        switch await HookCall.run(within: limit, on: pool, strays: strays, body) {
        case .returned: break
        case .threw(let error): complain(middleware, "\(hook) hook threw: \(error)", job.id, job.owner.job.spec)
        case .late: complain(middleware, "\(hook) hook took longer than \(limit); given up", job.id, job.owner.job.spec)
        }
    }

    /// The calls of a hook that have not come back; `nil`, and one line in the log, if they are too many to call it again.
    func strays(of middleware: JobMiddleware, _ hook: String, _ id: JobID, _ spec: JobSpec) -> Strays? {
        let key = "\(middleware.name) \(hook)"
        let strays = strays.withLock { all in
            if let known = all[key] { return known }
            let new = Strays()
            all[key] = new
            return new
        }
        let (passOver, isNews) = strays.verdict
        if isNews {
            complain(
                middleware, "\(hook) hook has not come back \(Strays.limit) times; it is passed over until it does", id,
                spec)
        }
        return passOver ? nil : strays
    }

    /// How long a hook may take.
    func limit(longest: Duration) -> Duration { max(.milliseconds(1), min(limit, longest)) }

    func complain(_ middleware: JobMiddleware, _ what: String, _ id: JobID, _ spec: JobSpec) {
        logger.error(
            "Job middleware \(middleware.name): \(what)", metadata: ["job.id": "\(id)", "job.name": "\(spec.name)"])
    }

    /// Waits until listeners have dealt with all that was told so far, as long as one event may take.
    package func drain() async {
        guard events.isHeard else { return }
        events.fanOut()
        let open = listeners.elements
        _ = await HookCall.run(within: limit, on: pool) { for listener in open { await listener.buffer.untilIdle() } }
    }

    /// Does something that may take as long as a hook, and is left behind if it takes longer. Answers whether it did not.
    package func call(_ body: @escaping @Sendable () async -> Void) async -> Bool {
        guard case .returned = await HookCall.run(within: limit, on: pool, body) else { return false }
        return true
    }

    /// Tells what there is to tell, and ends the listeners.
    func close() async {
        await drain()
        events.close()
    }
}

extension JobSpec {
    /// The same with other tags and metadata.
    func with(tags: [String], metadata: [String: String]) -> JobSpec {
        JobSpec(
            name: name, version: version, queue: queue, priority: priority, maxAttempts: maxAttempts, timeout: timeout,
            onTimeout: onTimeout, retry: retry, expires: expires, unique: unique, tags: tags, metadata: metadata,
            storesResult: storesResult)
    }
}
