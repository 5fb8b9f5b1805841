/// A job about to be stored.
public struct NewJob: Sendable {
    /// Its identity.
    public var id: JobID
    /// How it is to be run.
    public var spec: JobSpec
    /// What it does.
    public var payload: JobPayload
    /// The context it was enqueued in.
    public var context: ContextSnapshot
    /// The job that enqueued it, if it was one.
    public var parent: JobID?
    /// The request that caused it, if one did.
    public var requestID: String?
    /// When it was enqueued.
    public var createdAt: Timestamp
    /// When it is to run.
    public var dueAt: Timestamp

    /// A job from its parts.
    public init(
        id: JobID, spec: JobSpec, payload: JobPayload, context: ContextSnapshot = .none, parent: JobID? = nil,
        requestID: String? = nil, createdAt: Timestamp, dueAt: Timestamp
    ) {
        self.id = id
        self.spec = spec
        self.payload = payload
        self.context = context
        self.parent = parent
        self.requestID = requestID
        self.createdAt = createdAt
        self.dueAt = dueAt
    }

    /// When it is no longer worth starting, if ever.
    public var expiresAt: Timestamp? { spec.expires.map { createdAt + $0 } }
}

/// What a job does: the value itself, or its bytes.
public enum JobPayload: Sendable {
    /// The value, for a backend that keeps values.
    case live(any RunnableJob)
    /// The job's value as JSON.
    case encoded([UInt8])
}

/// What became of a job that was handed to ``JobBackend/insert(_:)``.
public enum Insertion: Sendable, Hashable {
    /// It was stored.
    case inserted
    /// A job with its unique key was there already and stays as it is.
    case existing(JobID)
    /// A job with its unique key was there already and took over its value and due time.
    case replaced(JobID)

    /// The job that was there already, if one was.
    package var holder: JobID? {
        switch self {
        case .inserted: nil
        case .existing(let id), .replaced(let id): id
        }
    }
}

/// What a worker asks for.
public struct ClaimRequest: Sendable {
    /// Which queues, in order of priority.
    public var queues: QueueSelection
    /// How many at the most.
    public var limit: Int
    /// Who asks.
    public var worker: String
    /// For how long the lease holds.
    public var lease: Duration
    /// Jobs this worker has no code for; they stay where they are.
    public var excluding: UnknownJobs

    /// A request.
    public init(
        queues: QueueSelection, limit: Int, worker: String, lease: Duration = .seconds(30),
        excluding: UnknownJobs = []
    ) {
        self.queues = queues
        self.limit = limit
        self.worker = worker
        self.lease = lease
        self.excluding = excluding
    }
}

/// A job handed to a worker, with the lease under which it may be settled.
public struct ClaimedJob: Sendable {
    /// Its identity.
    public var id: JobID
    /// How it is to be run.
    public var spec: JobSpec
    /// What it does.
    public var payload: JobPayload
    /// The context it was enqueued in.
    public var context: ContextSnapshot
    /// Which attempt this is, counted from 1.
    public var attempt: Int
    /// How many workers died with it.
    public var crashes: Int
    /// The number under which it may be settled and renewed.
    public var lease: Int64
    /// When it was enqueued.
    public var createdAt: Timestamp
    /// Since when it has been due: how long it waited for a worker is counted from here.
    public var dueAt: Timestamp
    /// When it was claimed, by the store's clock.
    public var claimedAt: Timestamp

    /// A claimed job from its parts; due since it was enqueued, if nothing else is said.
    public init(
        id: JobID, spec: JobSpec, payload: JobPayload, context: ContextSnapshot, attempt: Int, crashes: Int,
        lease: Int64,
        createdAt: Timestamp, dueAt: Timestamp? = nil, claimedAt: Timestamp
    ) {
        self.id = id
        self.spec = spec
        self.payload = payload
        self.context = context
        self.attempt = attempt
        self.crashes = crashes
        self.lease = lease
        self.createdAt = createdAt
        self.dueAt = dueAt ?? createdAt
        self.claimedAt = claimedAt
    }
}

/// What became of an attempt, said under its lease.
public struct Settlement: Sendable {
    /// Which job.
    public var id: JobID
    /// The lease of the attempt.
    public var lease: Int64
    /// Where the job goes.
    public var disposition: Disposition

    /// A settlement.
    public init(id: JobID, lease: Int64, disposition: Disposition) {
        self.id = id
        self.lease = lease
        self.disposition = disposition
    }
}

/// A sign of life of a running job.
public struct Renewal: Sendable {
    /// Which job.
    public var id: JobID
    /// The lease of the attempt.
    public var lease: Int64
    /// For how much longer the lease is to hold, from now.
    public var duration: Duration
    /// How far it is, if that is news.
    public var progress: JobProgress?

    /// A renewal.
    public init(id: JobID, lease: Int64, duration: Duration = .seconds(30), progress: JobProgress? = nil) {
        self.id = id
        self.lease = lease
        self.duration = duration
        self.progress = progress
    }
}

/// What a renewal found.
public enum LeaseState: Sendable, Hashable {
    /// The lease holds.
    case held
    /// The lease holds, and somebody wants the job cancelled.
    case cancelRequested
    /// The job is no longer this attempt's.
    case lost
}
