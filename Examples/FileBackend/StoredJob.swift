// A job as a line of the log has it. The types of the contract promise no form on disk, so the log has one of its own.

import Foundation
import Nightjar

struct Stored: Codable {
    var id: JobID
    var spec: StoredSpec
    var state: JobState
    var attempt = 0
    var crashes = 0
    var lease: Int64 = 0
    var parent: JobID?
    var requestID: String?
    var createdAt: Timestamp
    var dueAt: Timestamp
    var startedAt: Timestamp?
    var finishedAt: Timestamp?
    var worker: String?
    var progress: JobProgress?
    var failures: [JobFailure] = []
    var output: Data?
    var payload: Data
    var context: Data?
    /// Somebody wants the running job cancelled.
    var isCalledOff = false

    init(_ job: NewJob) throws {
        guard case .encoded(let bytes) = job.payload else { throw FileBackendError("takes bytes, not values") }
        id = job.id
        spec = StoredSpec(job.spec)
        state = .scheduled
        parent = job.parent
        requestID = job.requestID
        createdAt = job.createdAt
        dueAt = job.dueAt
        payload = Data(bytes)
        if case .encoded(let bytes) = job.context { context = Data(bytes) }
    }

    /// Another job in the place of this one. It keeps the id, which others know, and the lease number, which has to rise.
    func replaced(by job: NewJob) throws -> Stored {
        var new = try Stored(job)
        (new.id, new.lease) = (id, lease)
        return new
    }

    var expiresAt: Timestamp? { spec.expires.map { createdAt + $0 } }

    mutating func note(_ failure: JobFailure) {
        failures = (failures + [failure]).suffix(25)
        worker = failure.worker ?? worker
    }

    mutating func keep(_ output: JobOutput) {
        guard spec.storesResult, case .encoded(let bytes) = output else { return }
        self.output = Data(bytes)
    }

    var record: JobRecord {
        JobRecord(
            id: id, spec: spec.spec, state: state, attempt: attempt, crashes: crashes, lease: lease, parent: parent,
            requestID: requestID, createdAt: createdAt, dueAt: dueAt, startedAt: startedAt, finishedAt: finishedAt,
            worker: worker, progress: progress, failures: failures,
            output: output.map { .encoded(Array($0)) } ?? .none, payload: .encoded(Array(payload)),
            context: context.map { .encoded(Array($0)) } ?? .none)
    }

    func claimed(at now: Timestamp) -> ClaimedJob {
        ClaimedJob(
            id: id, spec: spec.spec, payload: .encoded(Array(payload)),
            context: context.map { .encoded(Array($0)) } ?? .none, attempt: attempt, crashes: crashes, lease: lease,
            createdAt: createdAt, dueAt: dueAt, claimedAt: now)
    }

    func matches(_ filter: JobFilter) -> Bool {
        (filter.states.isEmpty || filter.states.contains(state)) && (filter.queue ?? spec.queue) == spec.queue
            && (filter.name ?? spec.name) == spec.name && (filter.tag.map(spec.tags.contains) ?? true)
            && (filter.requestID.map { $0 == requestID } ?? true)
            && (filter.createdBefore.map { createdAt < $0 } ?? true)
            && (filter.createdAfter.map { createdAt >= $0 } ?? true) && follows(filter.after, filter.order)
    }

    /// Whether it is on the page that follows a job.
    private func follows(_ other: JobID?, _ order: JobFilter.Order) -> Bool {
        guard let other else { return true }
        switch order {
        case .newest: return id < other
        case .oldest: return id > other
        case .next: return true
        }
    }

    /// Whether a worker would take it before another.
    static func isBefore(_ one: Stored, _ other: Stored) -> Bool {
        if one.spec.priority != other.spec.priority { return one.spec.priority > other.spec.priority }
        return (one.dueAt, one.id) < (other.dueAt, other.id)
    }
}

struct StoredSpec: Codable {
    var name: String
    var version: Int
    var queue: String
    var priority: Int
    var maxAttempts: Int
    var timeout: Duration
    var onTimeout: TimeoutPolicy
    var retry: RetryPolicy?
    var expires: Duration?
    var unique: UniquePolicy?
    var tags: [String]
    var metadata: [String: String]
    var storesResult: Bool

    init(_ spec: JobSpec) {
        name = spec.name
        version = spec.version
        queue = spec.queue
        priority = spec.priority
        maxAttempts = spec.maxAttempts
        timeout = spec.timeout
        onTimeout = spec.onTimeout
        retry = spec.retry
        expires = spec.expires
        unique = spec.unique
        tags = spec.tags
        metadata = spec.metadata
        storesResult = spec.storesResult
    }

    var spec: JobSpec {
        JobSpec(
            name: name, version: version, queue: queue, priority: priority, maxAttempts: maxAttempts,
            timeout: timeout, onTimeout: onTimeout, retry: retry, expires: expires, unique: unique, tags: tags,
            metadata: metadata, storesResult: storesResult)
    }
}

/// How far a schedule has come, as a line has it.
struct StoredSchedule: Codable {
    var name: String
    var position: Timestamp
    var lastFiring: Timestamp?
    var lastJob: JobID?
    var isPaused = false

    var record: ScheduleRecord {
        ScheduleRecord(
            name: name, position: position, lastFiring: lastFiring, lastJob: lastJob, isPaused: isPaused)
    }
}

/// What is wrong with the file, or with what it was given.
public struct FileBackendError: Error, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    init(_ what: String) { description = "The file backend \(what)." }
}
