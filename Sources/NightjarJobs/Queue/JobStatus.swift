/// What a person who waits for a job wants to know about it.
public struct JobStatus: Sendable {
    /// The job.
    public let id: JobID
    /// Its name.
    public let name: String
    /// Its queue.
    public let queue: String
    /// Where it is in its life.
    public let state: JobState
    /// Attempts begun and counted.
    public let attempt: Int
    /// All attempts granted.
    public let maxAttempts: Int
    /// How far it says it is.
    public let progress: JobProgress?
    /// What went wrong last, if anything did and the job has not completed since.
    public let failure: JobFailure?
    /// When it was enqueued.
    public let createdAt: Timestamp
    /// When it is, or was, to run next.
    public let dueAt: Timestamp
    /// When its latest attempt began.
    public let startedAt: Timestamp?
    /// When it ended.
    public let finishedAt: Timestamp?
    /// The values that were enqueued with it.
    public let metadata: [String: String]
    /// What it returned; ``resultJSON()`` reads it.
    let output: JobOutput
    let payload: JobPayload?

    init(_ record: JobRecord) {
        id = record.id
        name = record.spec.name
        queue = record.spec.queue
        state = record.state
        attempt = record.attempt
        maxAttempts = record.spec.maxAttempts
        progress = record.progress
        failure = record.state == .completed ? nil : record.failures.last
        createdAt = record.createdAt
        dueAt = record.dueAt
        startedAt = record.startedAt
        finishedAt = record.finishedAt
        metadata = record.spec.metadata
        output = record.output
        payload = record.payload
    }

    /// What the job returned, as JSON; `nil` as long as there is nothing, or if it cannot be written as JSON.
    ///
    /// A job that returns nothing has the result `null`.
    public func resultJSON() throws -> [UInt8]? {
        guard state == .completed else { return nil }
        switch output {
        case .none: return nil
        case .encoded(let bytes): return bytes
        case .live(is Void): return JSON.null
        case .live(let value as any Encodable): return try JSON.encode(value)
        case .live: return nil
        }
    }

    /// Whether another status would tell a reader anything new.
    func isNews(after old: JobStatus) -> Bool {
        state != old.state || attempt != old.attempt || progress != old.progress || failure != old.failure
            || dueAt != old.dueAt
    }
}
