// Where the application and the engine meet: the queue is made from the configuration, its runner is one of the services,
// and what waits for a response is run on the threads of jobs.

import Logging
public import NightjarJobs
import NightjarMail
import ServiceLifecycle

public import struct Foundation.Date

extension App: JobEnqueuer {
    /// Where jobs wait.
    public var jobQueue: JobQueue { queue }

    /// Makes jobs' types known, so that they can be enqueued and run. Types marked `@Job` are known already.
    ///
    /// - Parameters:
    ///   - types: The types.
    ///   - conflict: What to do if another type has the name of one.
    ///   - file: Where that is said, for messages.
    ///   - line: Where that is said, for messages.
    /// - Throws: ``QueueError`` if another type has its name, or its options make no sense.
    public func register(
        _ types: any Job.Type..., onConflict conflict: JobRegistry.NameConflict = .refuse, file: String = #fileID,
        line: Int = #line
    ) throws {
        for type in types { try queue.register(type, onConflict: conflict, file: file, line: line) }
    }

    /// Runs a job again and again: each firing becomes one job, however many processes share the database.
    ///
    /// ```swift
    /// try app.schedule(Digest(), .daily(at: "08:00", in: "Europe/Paris"), missed: .latest)
    /// try app.schedule(Sync(full: true), .cron("0 3 * * sun"), name: "weekly sync")
    /// ```
    /// Schedules fire in every process that runs typed jobs: `serve`, unless `WORKER_EMBEDDED=false`, and `worker`. Their
    /// jobs have no request, so `currentRequest` throws in them. `schedules list` shows them.
    ///
    /// - Parameters:
    ///   - job: The job, the same at every firing. Its type is registered, if it is not yet.
    ///   - schedule: When it fires.
    ///   - name: What it is called in lists and in the store; the job's name if left out. A job's second schedule needs one.
    ///   - missed: What becomes of firings for which no process was there; they are skipped if left out.
    ///   - until: The last moment at which it may fire; never if left out.
    ///   - runsAtOnce: Whether it also fires when it is seen for the first time.
    ///   - options: What is different from the type's options for these jobs.
    ///   - file: Where that is said, for messages.
    ///   - line: Where that is said, for messages.
    /// - Throws: `ScheduleError` if the schedule makes no sense, or another has its name; ``QueueError`` if the job could
    ///   not be accepted.
    public func schedule(
        _ job: some Job, _ schedule: Schedule, name: String? = nil, missed: MissedPolicy = .skip, until: Date? = nil,
        runsAtOnce: Bool = false, options: JobOptions? = nil, file: String = #fileID, line: Int = #line
    ) throws {
        try queue.schedule(
            job, schedule, name: name, missed: missed, until: until, runsAtOnce: runsAtOnce, options: options,
            file: file, line: line)
    }

    /// Declares a queue with a worker of its own: so many jobs at once, beside those of all other queues.
    ///
    /// ```swift
    /// let priority = app.worker("priority_queue", concurrency: 4)
    /// let sendEmail = try priority.handler("send_email", of: SendEmail.self) { email in … }
    /// app.include(priority)
    /// ```
    /// - Parameters:
    ///   - name: The name of the queue. Two workers of one name, or one that cannot name a queue, stop the start.
    ///   - concurrency: How many of its jobs are in flight at once in each process: 10, as for all other queues together.
    public func worker(_ name: String, concurrency: Int = 10) -> NamedWorker {
        queue.worker(name, concurrency: concurrency)
    }

    /// Puts a worker among those that run wherever this application's jobs are run: in `worker`, and in `serve` unless
    /// `WORKER_EMBEDDED=false`. One that was declared and not included takes nothing, and the log says so at the start.
    public func include(_ worker: NamedWorker) {
        declare("worker \(worker.name)") { _ in queue.include(worker) }
    }

    static func makeQueue(
        _ configuration: AppConfiguration,
        settings: RequestSettings,
        linked: LinkedPlugins,
        logger: Logger
    ) async throws -> JobQueue {
        var options = JobQueueConfiguration()
        options.defaults.maxAttempts = configuration.maxAttempts
        options.defaults.timeout = configuration.maxRunTime
        if let limit = configuration.queueLimit { options.limit = limit }
        options.retention = Retention(completed: configuration.keepCompleted, failed: configuration.keepFailed)
        options.worker.concurrency = configuration.backgroundWorkers
        options.worker.priority = configuration.backgroundPriority
        // What does not finish in time is cancelled and goes back to its queue: that, too, is done before the limit.
        options.worker.shutdownWait = configuration.shutdownLimit - min(.seconds(5), configuration.shutdownLimit / 2)
        options.worker.queues = try QueueSelection(parsing: configuration.workerQueues.joined(separator: ","))
        let backend = try await linked.factory(for: configuration)?.make(configuration, logger)
        let queue = JobQueue(
            backend: backend,
            configuration: options,
            context: RequestPropagator(settings: settings, logger: logger),
            logger: logger
        )
        try queue.check()
        settings.jobs.queue = queue
        RunningQueue.ask { Request.current?.core.settings.jobs.queue }
        try queue.use(MailSetup(configuration).makeMailer(logger: logger))
        queue.keep(settings.templates)
        return queue
    }

    /// What has to run so that jobs do.
    var jobServices: [any Service] { [JobRunner(queue, runsBackend: configuration.workerEmbedded)] }

    /// Takes the work that waited for a response which has now left.
    var afterResponse: @Sendable (Exchange, [PendingWork]) -> Void {
        { [queue] _, works in queue.runAfterResponse(works) }
    }
}
