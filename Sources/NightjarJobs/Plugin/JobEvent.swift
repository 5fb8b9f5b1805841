/// Something that happened to a job.
public struct JobEvent: Sendable {
    /// What happened.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// It was accepted and stored.
        case enqueued
        /// An attempt began.
        case started
        /// It said how far it is.
        case progressed
        /// It ended well.
        case succeeded
        /// An attempt failed, and another is granted.
        case retried
        /// It is a dead letter.
        case failed
        /// It was called off.
        case cancelled
        /// Its worker died, and it was taken back.
        case rescued
        /// An attempt ended without a verdict: put off, given back at a shutdown, or no longer this worker's.
        case released
    }

    /// What happened.
    public let kind: Kind
    /// To which job.
    public let id: JobID
    /// Which attempt it was, counted from 1; 0 before the first.
    public let attempt: Int
    /// When, by the store's clock.
    public let at: Timestamp
    /// How long the job had been due when the attempt began; `nil` if none did.
    public let wait: Duration?
    /// How long the attempt ran; `nil` as long as it does, and if it never did.
    public let run: Duration?
    /// What went wrong, if something did.
    public let failure: JobFailure?
    /// How far it is, if that is the news.
    public let progress: JobProgress?
    /// When it runs again, if that is known.
    public let next: Timestamp?
    /// Which claim of the job it belongs to; 0 before the first.
    let lease: Int64
    private let spec: JobSpec

    /// The job's name.
    public var name: String { spec.name }
    /// The queue it is in.
    public var queue: String { spec.queue }
    /// How many attempts it is granted in all.
    public var maxAttempts: Int { spec.maxAttempts }
    /// The words it can be found by.
    public var tags: [String] { spec.tags }
    /// The values that were enqueued with it.
    public var metadata: [String: String] { spec.metadata }

    init(
        _ kind: Kind, _ id: JobID, _ spec: JobSpec, attempt: Int, lease: Int64, at: Timestamp, wait: Duration? = nil,
        run: Duration? = nil, failure: JobFailure? = nil, progress: JobProgress? = nil, next: Timestamp? = nil
    ) {
        self.kind = kind
        self.id = id
        self.spec = spec
        self.attempt = attempt
        self.lease = lease
        self.at = at
        self.wait = wait
        self.run = run
        self.failure = failure
        self.progress = progress
        self.next = next
    }
}

extension JobEvent {
    /// The event of an attempt's end.
    /// - Parameter disposition: Where the job went; `nil` if it was not this worker's to say.
    init(_ attempt: Attempt, _ disposition: Disposition?, at moment: Timestamp) {
        var failure: JobFailure?
        var next: Timestamp?
        let kind: Kind
        switch attempt.interrupted == .request ? disposition?.calledOff : disposition {
        case .completed: kind = .succeeded
        case .retrying(let due, let reason): (kind, next, failure) = (.retried, due, reason)
        case .failed(let reason): (kind, failure) = (.failed, reason)
        case .cancelled(let reason): (kind, failure) = (.cancelled, reason)
        case .scheduled(let due): (kind, next) = (.released, due)
        case .pending, nil: kind = .released
        }
        let hooked = attempt.runnable as? HookedJob
        self.init(
            kind, attempt.job.id, attempt.job.spec, attempt: attempt.job.attempt,
            lease: attempt.job.lease, at: moment, wait: hooked?.wait, run: hooked?.runTime, failure: failure, next: next
        )
    }

    /// The event of a job whose record says what became of it.
    init(_ kind: Kind, _ record: JobRecord, at moment: Timestamp) {
        self.init(
            kind, record.id, record.spec, attempt: record.attempt, lease: record.lease, at: moment,
            failure: record.failures.last, next: record.state.isWaiting ? record.dueAt : nil)
    }
}
