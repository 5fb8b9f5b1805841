// What `background` gives back: the job's id, and a way to wait for it that costs nothing until it is used.
//
// A future is an id and a queue. It holds no value and is not told anything; whoever awaits it registers with the queue's
// watch, looks at the job, and looks again each time the backend says that the job changed. That is why a future can be
// made from an id alone, in any process.

/// A job's outcome, now or later.
public struct JobFuture<Output: Sendable>: Sendable {
    /// The job's id.
    public let jobID: JobID
    /// Whether the job was there already: a unique job's second `background` gets the first one's future.
    public let isExisting: Bool

    let queue: JobQueue
    let decode: @Sendable (JobOutput) throws -> Output
    /// Why the job was never accepted; only closures, whose `background` cannot throw, have this.
    let refusal: QueueError?

    /// What the job returned, once it has.
    ///
    /// An error of the job's own is not thrown as it was, not even a closure's in this process: ``JobError/failed(_:)`` holds
    /// a ``JobFailure`` with its type's name and its text. So a caller sees the same whichever process ran the job, and
    /// after a retry the error of the last attempt.
    ///
    /// - Throws: ``JobError/failed(_:)`` if the job became a dead letter, ``JobError/cancelled`` if it was called off,
    ///   `CancellationError` if the waiting task is cancelled; the job goes on then.
    public var value: Output {
        get async throws { try await value(until: nil) }
    }

    /// What the job returned, if it does so in time.
    /// - Parameter timeout: How long to wait at the most. The job goes on if it takes longer.
    /// - Throws: ``JobError/timedOut`` besides what ``value`` throws.
    public func value(timeout: Duration) async throws -> Output {
        try await value(until: ContinuousClock.now + max(.zero, timeout))
    }

    /// Where the job is now.
    /// - Throws: ``JobError/unknown(_:)`` if the job is no longer kept.
    public var status: JobStatus {
        get async throws {
            try refuse()
            if let record = queue.local.recordNow(jobID) { return JobStatus(record) }
            guard let status = try await queue.status(of: jobID) else { throw JobError.unknown(jobID) }
            return status
        }
    }

    /// The job's status now and after each change, until it ends.
    public var updates: JobUpdates { JobUpdates(id: jobID, queue: queue, refusal: refusal) }

    /// Calls the job off: at once if it waits, by cancelling its task if it runs.
    /// - Returns: Whether there was anything left to call off.
    @discardableResult
    public func cancel() async throws -> Bool {
        try refuse()
        return try await queue.cancel(jobID)
    }

    /// The future of a job that was refused because there is no queue to refuse it.
    package static func refused(_ error: QueueError) -> Self {
        Self(
            jobID: JobID(), isExisting: false, queue: JobQueue(backend: MemoryBackend(limit: 0)),
            decode: { _ in throw error }, refusal: error)
    }

    private func value(until limit: ContinuousClock.Instant?) async throws -> Output {
        try refuse()
        if let record = queue.local.recordNow(jobID), record.state.isTerminal { return try output(of: record) }
        guard let record = try await queue.end(of: jobID, until: limit) else { throw JobError.timedOut }
        return try output(of: record)
    }

    private func output(of record: JobRecord) throws -> Output {
        switch record.state {
        case .completed: return try decode(record.output)
        case .failed:
            throw JobError.failed(
                record.failures.last
                    ?? JobFailure(
                        type: "Unknown", message: "no reason is kept", attempt: record.attempt, at: record.dueAt))
        default: throw JobError.cancelled
        }
    }

    private func refuse() throws {
        if let refusal { throw refusal }
    }
}

/// A job's status now and after each change, until it ends. Fast changes in between may be passed over.
public struct JobUpdates: AsyncSequence, Sendable {
    /// A status.
    public typealias Element = JobStatus

    let id: JobID
    let queue: JobQueue
    var refusal: QueueError?

    /// Starts with the status of now.
    public func makeAsyncIterator() -> Iterator { Iterator(id: id, queue: queue, refusal: refusal) }

    /// Reads one status after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let id: JobID
        let queue: JobQueue
        private let refusal: QueueError?
        private var watch: JobWatch?
        private var latest: JobStatus?

        init(id: JobID, queue: JobQueue, refusal: QueueError?) {
            self.id = id
            self.queue = queue
            self.refusal = refusal
        }

        /// The next status, or `nil` once the job has ended or is no longer known.
        public mutating func next() async throws -> JobStatus? {
            if let refusal { throw refusal }
            if let latest, latest.state.isTerminal { return nil }
            let watch = self.watch ?? queue.watch(id)
            self.watch = watch
            while true {
                try Task.checkCancellation()
                guard let status = try await queue.status(of: id) else { return nil }
                if latest.map(status.isNews(after:)) ?? true {
                    latest = status
                    return status
                }
                await watch.signal.wait()
            }
        }
    }
}
