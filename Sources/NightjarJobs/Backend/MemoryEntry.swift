// One job in memory. What only some jobs need, and what an ended job needs no longer, hangs off it in objects of its own,
// so that a finished job costs about 200 bytes and a waiting one about 400.

/// A job in memory; touched only under its backend's lock.
final class MemoryEntry {
    private(set) var id: JobID
    private(set) var createdAt: Timestamp
    private(set) var requestID: String?
    private(set) var spec: JobSpec
    private(set) var line: MemoryLine
    var work: Work?
    var state = JobState.scheduled
    var crashes: Int8 = 0
    var attempt: Int32 = 0
    var place: UInt32 = 0
    private var claims: Int32 = 0
    var dueAt: Timestamp
    private var start = MaybeTimestamp.none
    private var finish = MaybeTimestamp.none
    private var output: Output?
    private var details: Details?

    /// What the job does and carries; gone once it is completed.
    final class Work: Sendable {
        let payload: JobPayload
        let context: ContextSnapshot
        let parent: JobID?

        init(_ job: NewJob) {
            payload = job.payload
            context = job.context
            parent = job.parent
        }
    }

    private final class Output: Sendable {
        static let void = Output(.live(()))
        let value: JobOutput
        init(_ value: JobOutput) { self.value = value }
    }

    private final class Details {
        var parent: JobID?
        var progress: JobProgress?
        var failures: [JobFailure] = []
        var worker: String?
    }

    init(_ job: NewJob, in line: MemoryLine) {
        id = job.id
        self.line = line
        createdAt = job.createdAt
        requestID = job.requestID
        spec = job.spec
        dueAt = job.dueAt
        work = Work(job)
    }

    var lease: Int64 {
        get { Int64(claims) }
        set { claims = Int32(clamping: newValue) }
    }

    var startedAt: Timestamp? {
        get { start.value }
        set { start = MaybeTimestamp(newValue) }
    }

    var finishedAt: Timestamp? {
        get { finish.value }
        set { finish = MaybeTimestamp(newValue) }
    }

    var expiresAt: Timestamp? { spec.expires.map { createdAt + $0 } }

    /// Becomes another job altogether. Its place goes on being counted: what it left behind elsewhere stays stale.
    func become(_ job: NewJob, in line: MemoryLine) {
        id = job.id
        dueAt = job.dueAt
        state = .scheduled
        claims = 0
        finishedAt = nil
        output = nil
        replace(with: job, in: line)
    }

    /// Becomes another job, of which only the id and the claims it had are this one's.
    func replace(with job: NewJob, in line: MemoryLine) {
        self.line = line
        spec = job.spec
        requestID = job.requestID
        createdAt = job.createdAt
        work = Work(job)
        attempt = 0
        crashes = 0
        startedAt = nil
        details = nil
    }

    func keep(_ value: JobOutput) {
        guard spec.storesResult else { return }
        switch value {
        case .none: break
        case .live(is Void): output = .void
        default: output = Output(value)
        }
    }

    func note(_ failure: JobFailure, worker: String?) {
        let details = self.details ?? Details()
        self.details = details
        details.worker = worker
        details.failures.append(failure)
        if details.failures.count > JobRecord.keptFailures { details.failures.removeFirst() }
    }

    func report(_ progress: JobProgress) {
        let details = self.details ?? Details()
        self.details = details
        details.progress = progress
    }

    /// A new attempt starts from nothing.
    func forgetProgress() { details?.progress = nil }

    /// Lets go of what a completed job needs no longer, but not of who enqueued it. Answers with what it was.
    func forgetWork() -> Work? {
        if let parent = work?.parent {
            let details = self.details ?? Details()
            self.details = details
            details.parent = parent
        }
        defer { work = nil }
        return work
    }

    func record(worker: String?) -> JobRecord {
        JobRecord(
            id: id, spec: spec, state: state, attempt: Int(attempt), crashes: Int(crashes), lease: lease,
            parent: work?.parent ?? details?.parent, requestID: requestID, createdAt: createdAt, dueAt: dueAt,
            startedAt: startedAt, finishedAt: finishedAt, worker: worker ?? details?.worker,
            progress: details?.progress, failures: details?.failures ?? [], output: output?.value ?? .none,
            payload: work?.payload, context: work?.context ?? .none)
    }

    func matches(_ filter: JobFilter) -> Bool {
        (filter.states.isEmpty || filter.states.contains(state))
            && (filter.queue.map { $0 == spec.queue } ?? true)
            && (filter.name.map { $0 == spec.name } ?? true)
            && (filter.tag.map(spec.tags.contains) ?? true)
            && (filter.requestID.map { $0 == requestID } ?? true)
            && (filter.createdBefore.map { createdAt < $0 } ?? true)
            && (filter.createdAfter.map { createdAt >= $0 } ?? true)
            && filter.isBehind(id)
    }
}

/// A moment or none, in the eight bytes of a moment: an optional one takes sixteen.
private struct MaybeTimestamp {
    static let none = MaybeTimestamp(nil)
    private let microseconds: Int64

    init(_ value: Timestamp?) { microseconds = value?.microseconds ?? .min }

    var value: Timestamp? { microseconds == .min ? nil : Timestamp(microseconds: microseconds) }
}
