// Where outcomes are kept when they are not kept with the jobs: a file to be tailed, a store that keeps them for years.

/// A store of what became of jobs. ``ComposedBackend`` puts one beside a queue.
///
/// A result belongs to an attempt: it is found by the job's id and the lease of the attempt. So what a worker that was
/// declared dead still writes down is kept under its own, old lease and is never taken for the outcome.
public protocol ResultStore: Sendable {
    /// What it is called in logs and lists.
    var name: String { get }
    /// What a stored result survives.
    var durability: BackendTraits.Durability { get }
    /// Whether it can keep values as they are; if not, it is given bytes.
    var keepsValues: Bool { get }

    /// Makes the store ready; called once before anything else.
    func open() async throws
    /// Ends the use of the store.
    func close() async
    /// Stores results: all or none. The same attempt's later result replaces the earlier one.
    func put(_ results: [JobResult]) async throws
    /// The results of attempts, in the same order; `nil` where there is none.
    func get(_ attempts: [JobResult.Attempt]) async throws -> [JobResult?]
    /// The results, the latest first.
    func list(limit: Int, offset: Int) async throws -> [JobResult]
    /// Removes all results of jobs.
    func delete(_ jobs: [JobID]) async throws
    /// Removes results that are older than a moment. Answers how many.
    @discardableResult func prune(before moment: Timestamp) async throws -> Int
}

/// What became of a job in the attempt that ended it.
public struct JobResult: Sendable {
    /// Which attempt a result belongs to.
    public struct Attempt: Hashable, Codable, Sendable {
        /// The job.
        public var job: JobID
        /// The lease under which it was run.
        public var lease: Int64

        /// An attempt.
        public init(job: JobID, lease: Int64) {
            self.job = job
            self.lease = lease
        }
    }

    /// Which attempt it belongs to.
    public var attempt: Attempt
    /// The job's name.
    public var name: String
    /// The queue it was in.
    public var queue: String
    /// How it ended: `completed`, `failed` or `cancelled`.
    public var state: JobState
    /// Which attempt it was, counted from 1.
    public var number: Int
    /// When it ended.
    public var at: Timestamp
    /// What it returned.
    public var output: JobOutput
    /// What went wrong, if something did.
    public var failure: JobFailure?

    /// A result from its parts.
    public init(
        attempt: Attempt, name: String, queue: String, state: JobState, number: Int, at: Timestamp,
        output: JobOutput = .none, failure: JobFailure? = nil
    ) {
        self.attempt = attempt
        self.name = name
        self.queue = queue
        self.state = state
        self.number = number
        self.at = at
        self.output = output
        self.failure = failure
    }
}
