/// All that is known about a job, as operators see it.
public struct JobRecord: Sendable {
    /// Its identity.
    public var id: JobID
    /// How it is to be run.
    public var spec: JobSpec
    /// Where it is in its life.
    public var state: JobState
    /// Attempts begun and counted.
    public var attempt: Int
    /// How many workers died with it.
    public var crashes: Int
    /// How often it was claimed: the number the current owner must name.
    public var lease: Int64
    /// The job that enqueued it, if it was one.
    public var parent: JobID?
    /// The request that caused it, if one did.
    public var requestID: String?
    /// When it was enqueued.
    public var createdAt: Timestamp
    /// When it is, or was, to run.
    public var dueAt: Timestamp
    /// When its latest attempt began.
    public var startedAt: Timestamp?
    /// When it ended.
    public var finishedAt: Timestamp?
    /// Who runs it, or ran it last.
    public var worker: String?
    /// How far it says it is.
    public var progress: JobProgress?
    /// What went wrong in each attempt, oldest first; the latest 25 are kept.
    public var failures: [JobFailure]
    /// What it returned.
    public var output: JobOutput
    /// What it does.
    public var payload: JobPayload?
    /// The context it was enqueued in.
    public var context: ContextSnapshot

    /// A record from its parts.
    public init(
        id: JobID, spec: JobSpec, state: JobState, attempt: Int = 0, crashes: Int = 0, lease: Int64 = 0,
        parent: JobID? = nil, requestID: String? = nil, createdAt: Timestamp, dueAt: Timestamp,
        startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil, worker: String? = nil, progress: JobProgress? = nil,
        failures: [JobFailure] = [],
        output: JobOutput = .none, payload: JobPayload? = nil, context: ContextSnapshot = .none
    ) {
        self.id = id
        self.spec = spec
        self.state = state
        self.attempt = attempt
        self.crashes = crashes
        self.lease = lease
        self.parent = parent
        self.requestID = requestID
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.worker = worker
        self.progress = progress
        self.failures = failures
        self.output = output
        self.payload = payload
        self.context = context
    }

    /// How many failures are kept for a job.
    package static let keptFailures = 25
    /// How many deaths of its worker a job survives.
    package static let survivableCrashes = 3
}

/// Which jobs to list.
public struct JobFilter: Sendable {
    /// Only in these states; all if empty.
    public var states: Set<JobState>
    /// Only in this queue.
    public var queue: String?
    /// Only with this name.
    public var name: String?
    /// Only with this tag.
    public var tag: String?
    /// Only caused by this request.
    public var requestID: String?
    /// Only enqueued before this moment.
    public var createdBefore: Timestamp?
    /// Only enqueued at this moment or after it.
    public var createdAfter: Timestamp?
    /// How to order them.
    public var order: Order
    /// How many at the most.
    public var limit: Int
    /// How many to pass over first.
    public var offset: Int
    /// Only behind this one, in an order by id: with the last job of a page, the next page, which costs no more than the
    /// first however far it is. Orders that are not by id (``Order/next``) pay no heed to it.
    public var after: JobID?

    /// An order of jobs.
    public enum Order: String, Sendable {
        /// The latest first.
        case newest
        /// The earliest first.
        case oldest
        /// As workers would take them: by priority, due time and id.
        case next

        func puts(_ one: JobRecord, before other: JobRecord) -> Bool {
            switch self {
            case .newest: return one.id > other.id
            case .oldest: return one.id < other.id
            case .next:
                let (left, right) = (one.spec.priority, other.spec.priority)
                return left == right ? (one.dueAt, one.id) < (other.dueAt, other.id) : left > right
            }
        }
    }

    /// A filter; by default the latest 100 jobs of all.
    public init(
        states: Set<JobState> = [], queue: String? = nil, name: String? = nil, tag: String? = nil,
        requestID: String? = nil, createdBefore: Timestamp? = nil, createdAfter: Timestamp? = nil,
        order: Order = .newest, limit: Int = 100, offset: Int = 0, after: JobID? = nil
    ) {
        self.states = states
        self.queue = queue
        self.name = name
        self.tag = tag
        self.requestID = requestID
        self.createdBefore = createdBefore
        self.createdAfter = createdAfter
        self.order = order
        self.limit = limit
        self.offset = offset
        self.after = after
    }

    /// Whether a job is behind the one that it has to be behind.
    package func isBehind(_ id: JobID) -> Bool {
        guard let after else { return true }
        switch order {
        case .newest: return id < after
        case .oldest: return id > after
        case .next: return true
        }
    }
}

/// What is in a queue.
public struct QueueCounts: Sendable, Hashable {
    /// The queue.
    public var queue: String
    /// How many jobs it has in each state.
    public var jobs: [JobState: Int]
    /// Whether it is handed out.
    public var isPaused: Bool

    /// Counts.
    public init(queue: String, jobs: [JobState: Int], isPaused: Bool = false) {
        self.queue = queue
        self.jobs = jobs
        self.isPaused = isPaused
    }

    /// How many jobs are in a state.
    public subscript(state: JobState) -> Int { jobs[state] ?? 0 }
}

/// How long jobs that ended are kept.
public struct Retention: Sendable {
    /// For completed and cancelled jobs: a day, so that a page left open over night still shows its result.
    public var completed: Duration
    /// For dead letters: a month, so that a holiday does not cost them.
    public var failed: Duration
    /// How many of each at the most, in memory only: 100 000 take about 30 MB.
    public var limit: Int

    /// A retention.
    public init(
        completed: Duration = .seconds(24 * 3600), failed: Duration = .seconds(30 * 24 * 3600), limit: Int = 100_000
    ) {
        self.completed = completed
        self.failed = failed
        self.limit = limit
    }
}

/// A worker that is alive.
public struct WorkerRecord: Sendable, Hashable {
    /// Its name: host, process and a random part.
    public var name: String
    /// When it first asked for jobs.
    public var startedAt: Timestamp
    /// How many jobs it is running.
    public var running: Int

    /// A worker.
    public init(name: String, startedAt: Timestamp, running: Int) {
        self.name = name
        self.startedAt = startedAt
        self.running = running
    }
}
