// What users hold: puts jobs into a backend and answers questions about them.
//
//     background(job)      ──► backend   (memory, or durable)         claimed by its workers, here or elsewhere
//     background { … }     ──► local     (always memory)              claimed by this process
//
// A closure cannot leave the process, and its type says so; so it has a memory backend of its own, which is the same one
// if jobs are kept in memory anyway. Values become bytes here, once, and no backend ever encodes anything itself.

public import Logging

public import struct Foundation.Date

/// Accepts jobs and hands out futures for them.
///
/// ```swift
/// let queue = JobQueue()
/// try queue.register(SendReceipt.self)
/// let future = try await queue.background(SendReceipt(orderID: 7))
/// ```
/// Jobs run as long as a ``JobRunner`` for it does.
public final class JobQueue: Sendable {
    /// Where typed jobs are kept.
    public let backend: any JobBackend
    /// Where closure jobs are kept: this process.
    public let local: MemoryBackend
    /// Which code a job's name stands for.
    public let registry: JobRegistry
    /// How jobs are accepted and run.
    public let configuration: JobQueueConfiguration

    package let context: (any ContextPropagator)?
    let logger: Logger
    let watches = JobWatches()
    let scheduleBook = ScheduleBook()
    /// What all closures without a name and options share.
    private let plainClosure: JobSpec
    let parts = QueueParts()
    /// The workers with queues of their own.
    package let roster = WorkerRoster()
    /// Middleware and listeners.
    package let hooks: JobHooks

    /// A queue.
    /// - Parameters:
    ///   - backend: Where typed jobs are kept; in memory if left out.
    ///   - configuration: How jobs are accepted and run.
    ///   - context: Carries what surrounds a call of `background` to the job.
    ///   - logger: Where workers report.
    public convenience init(
        backend: (any JobBackend)? = nil,
        configuration: JobQueueConfiguration = JobQueueConfiguration(),
        context: (any ContextPropagator)? = nil,
        logger: Logger = Logger(label: "nightjar.jobs")
    ) {
        self.init(
            backend: backend, configuration: configuration, context: context, found: FoundJobs.all, logger: logger)
    }

    /// A queue that knows these types from the start.
    package init(
        backend: (any JobBackend)? = nil, configuration: JobQueueConfiguration = JobQueueConfiguration(),
        context: (any ContextPropagator)? = nil, found: [FoundJob], logger: Logger = Logger(label: "nightjar.jobs")
    ) {
        let backend = backend ?? MemoryBackend(limit: configuration.limit, retention: configuration.retention)
        self.backend = backend
        self.local =
            backend as? MemoryBackend
            ?? MemoryBackend(limit: configuration.limit, retention: configuration.retention, clock: backend.clock)
        self.keepsClosuresApart = !(backend is MemoryBackend)
        self.stores = keepsClosuresApart ? [backend, local] : [local]
        self.keepsValues = backend.traits.keepsValues
        self.clock = backend.clock
        self.registry = JobRegistry(defaults: configuration.defaults, found: found)
        self.configuration = configuration
        self.plainClosure = JobSpec(name: "closure", maxAttempts: 1, timeout: configuration.defaults.timeout)
        self.context = context
        self.logger = logger
        self.hooks = JobHooks(limit: configuration.hookTimeout, logger: logger)
        for store in stores {
            store.subscribe { [watches] news in
                switch news {
                case .changed(let ids): watches.changed(ids)
                case .missed: watches.changedPerhaps()
                case .ready, .due, .cancelRequested, .workerLost: break
                }
            }
        }
    }

    /// The backends of this queue: one, or two if closures are kept apart.
    let stores: [any JobBackend]

    /// Whether typed jobs are kept elsewhere than closures.
    package let keepsClosuresApart: Bool

    /// What the backend says of itself, at hand for every call.
    let keepsValues: Bool
    let clock: JobClock

    /// Makes the backend ready. Whatever is wrong with its configuration, or with the jobs that were found by themselves,
    /// is found here, before anything starts.
    public func open() async throws {
        try check()
        for store in stores { try await store.open() }
    }

    /// Says what is wrong with what was declared.
    package func check() throws {
        try registry.check()
        try roster.check()
    }

    /// Lets go of the backend. What was accepted stays there; the queue is not used afterwards.
    public func close() async {
        await hooks.close()
        for store in stores { await store.close() }
    }

    /// Makes a job's type known, so that it can be enqueued and run. Types marked `@Job` are known already.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - conflict: What to do if another type has its name.
    ///   - file: Where that is said, for messages.
    ///   - line: Where that is said, for messages.
    /// - Throws: ``QueueError`` if its name is taken or its options make no sense.
    public func register<J: Job>(
        _ type: J.Type, onConflict conflict: JobRegistry.NameConflict = .refuse, file: String = #fileID,
        line: Int = #line
    ) throws {
        try registry.register(type, onConflict: conflict, file: file, line: line)
    }

    // MARK: - Typed jobs

    /// Accepts a job. When this returns, the job is safe as far as the backend promises.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - delay: How long to wait before the first attempt; the type's own default if left out.
    ///   - date: When to run instead; at once if it has passed.
    ///   - options: What is different from the type's options for this one job.
    /// - Returns: A future for what the job returns.
    /// - Throws: ``QueueError`` if the job was not accepted; the error of the backend if it cannot be reached.
    @discardableResult
    public func background<J: Job>(
        _ job: J, delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) async throws -> JobFuture<J.Output> {
        try await insert(try prepare(job, delay: delay, at: date, options: options)) {
            try decodeOutput($0, with: J.outputCoding)
        }
    }

    /// Accepts many jobs of one type in one step: all of them or none.
    @discardableResult
    public func background<J: Job>(
        _ jobs: [J], delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) async throws -> [JobFuture<J.Output>] {
        try await insert(try jobs.map { try prepare($0, delay: delay, at: date, options: options) }) {
            try decodeOutput($0, with: J.outputCoding)
        }
    }

    func insert<Output>(
        _ new: NewJob, decode: @escaping @Sendable (JobOutput) throws -> Output
    ) async throws -> JobFuture<Output> {
        let answer = keepsClosuresApart ? try await store([new]).first : try storeNow(new)
        return future(id: new.id, answer, decode: decode)
    }

    func insert<Output>(
        _ new: [NewJob], decode: @escaping @Sendable (JobOutput) throws -> Output
    ) async throws -> [JobFuture<Output>] {
        guard !new.isEmpty else { return [] }
        let answers = try await store(new)
        return zip(new, answers).map { future(id: $0.id, $1, decode: decode) }
    }

    /// The future of a job by its id, for instance one that another process accepted.
    public func future<J: Job>(_ id: JobID, of type: J.Type) -> JobFuture<J.Output> {
        future(of: type, id: id, nil)
    }

    package func future<J: Job>(of type: J.Type, id: JobID, _ insertion: Insertion?) -> JobFuture<J.Output> {
        future(id: id, insertion) { try decodeOutput($0, with: J.outputCoding) }
    }

    func future<Output>(
        id: JobID, _ insertion: Insertion?, decode: @escaping @Sendable (JobOutput) throws -> Output
    ) -> JobFuture<Output> {
        let holder = insertion?.holder
        return JobFuture(
            jobID: holder ?? id, isExisting: holder != nil, queue: self, decode: decode, refusal: nil)
    }

    // MARK: - Closures

    /// Runs a closure in the background of this process.
    ///
    /// It is accepted at once and lives as long as the process; ``Job`` types are for work that must survive it. A failed
    /// closure is not retried unless `options` say so.
    ///
    /// - Parameters:
    ///   - name: What to call it in logs and lists.
    ///   - delay: How long to wait before it runs.
    ///   - options: How it is to be run.
    ///   - work: The closure.
    /// - Returns: A future for what the closure returns. If the closure was not accepted, because the queue is full or an
    ///   option makes no sense, that is logged and the future throws the ``QueueError``.
    @discardableResult
    public func background<Output: Sendable>(
        _ name: String = "closure", delay: Duration? = nil, options: JobOptions? = nil,
        _ work: @escaping @Sendable () async throws -> Output
    ) -> JobFuture<Output> {
        enqueue(name, delay: delay, options: options, ignoresLimit: false, work)
    }

    /// The same for work that was promised before there was a question of room, such as what follows a response.
    package func backgroundAlways(
        _ name: String, options: JobOptions, _ work: @escaping @Sendable () async throws -> Void
    ) {
        _ = enqueue(name, delay: nil, options: options, ignoresLimit: true, work)
    }

    private func enqueue<Output: Sendable>(
        _ name: String, delay: Duration?, options: JobOptions?, ignoresLimit: Bool,
        _ work: @escaping @Sendable () async throws -> Output
    ) -> JobFuture<Output> {
        let id = JobID()
        var holder: JobID?
        var refusal: QueueError?
        do {
            let now = local.clock.now
            let captured = context?.capture()
            let spec = try closureSpec(name, options)
            let new = hooks.draft(
                NewJob(
                    id: id, spec: spec, payload: .live(ClosureJob(work)),
                    context: captured.map { .live($0) } ?? .none, parent: JobContext.current?.id,
                    requestID: captured?.requestID, createdAt: now,
                    dueAt: try due(now, delay ?? options?.delay, nil, spec)))
            holder = try storeNow(new, ignoresLimit: ignoresLimit).holder
        } catch {
            logger.error("Background job \(name) was not accepted: \(error)", metadata: ["job.id": "\(id)"])
            refusal = error as? QueueError ?? .invalid("\(error)")
        }
        return JobFuture(
            jobID: holder ?? id, isExisting: holder != nil, queue: self, decode: { try decodeOutput($0, with: nil) },
            refusal: refusal)
    }

    /// Runs a function with its arguments in the background of this process.
    @discardableResult
    public func background<First: Sendable, each Rest: Sendable, Output: Sendable>(
        _ work: @escaping @Sendable (First, repeat each Rest) async throws -> Output,
        _ first: First, _ rest: repeat each Rest
    ) -> JobFuture<Output> {
        background { try await work(first, repeat each rest) }
    }

    private func closureSpec(_ name: String, _ options: JobOptions?) throws -> JobSpec {
        guard let options else {
            if name == plainClosure.name { return plainClosure }
            return JobSpec(name: name, maxAttempts: 1, timeout: configuration.defaults.timeout)
        }
        if let complaint = options.complaint {
            throw QueueError.invalid("\(name) was not accepted: \(complaint).")
        }
        var own = options
        own.retry = options.retry ?? .never
        return JobSpec(name: name, options: own, callRetry: own.retry, defaults: configuration.defaults)
    }
}

/// Reads what a job returned; how it would be written down is asked for only if it was.
func decodeOutput<Output>(
    _ output: JobOutput, with coding: @autoclosure () -> OutputCoding<Output>?
) throws -> Output {
    switch output {
    case .live(let value as Output): return value
    case .encoded(let bytes):
        guard let coding = coding() else { throw JobError.noResult("it was no closure of this process") }
        return try coding.decode(bytes)
    case .live(let value): throw JobError.noResult("it returned \(type(of: value)), not \(Output.self)")
    case .none:
        if let nothing = () as? Output { return nothing }
        throw JobError.noResult("its result was not kept (storesResult is false)")
    }
}
