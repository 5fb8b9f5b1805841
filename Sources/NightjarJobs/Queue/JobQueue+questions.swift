// Questions about jobs, and what operators do to them. Typed jobs and closures answer alike.

extension JobQueue {
    /// Where a job is; `nil` if it is unknown or no longer kept.
    public func status(of id: JobID) async throws -> JobStatus? { try await record(of: id).map(JobStatus.init) }

    /// A job's status now and after each change, until it ends.
    public func updates(of id: JobID) -> JobUpdates { JobUpdates(id: id, queue: self) }

    /// All that is known about a job.
    public func record(of id: JobID) async throws -> JobRecord? {
        if let record = local.recordNow(id) { return record }
        return keepsClosuresApart ? try await backend.records([id]).first ?? nil : nil
    }

    /// Calls a job off: at once if it waits, by cancelling its task if it runs.
    /// - Returns: Whether there was anything left to call off.
    @discardableResult
    public func cancel(_ id: JobID) async throws -> Bool {
        let waiting = await waitingIfHeard(id)
        let cancelled = try await onStores { try await $0.cancel([id]) }
        if let waiting { await announceCancelled(waiting) }
        return !cancelled.isEmpty
    }

    /// Brings dead letters and cancelled jobs back with all their attempts.
    ///
    /// Their values and the context of the request that caused them are what they were; the operator's own request does
    /// not replace it.
    /// - Returns: Those it applied to.
    @discardableResult
    public func retry(_ ids: [JobID]) async throws -> [JobID] {
        try await onStores { try await $0.requeue(ids, at: $0.clock.now) }
    }

    /// Removes jobs that are not running.
    @discardableResult
    public func delete(_ ids: [JobID]) async throws -> [JobID] { try await onStores { try await $0.delete(ids) } }

    /// Jobs that match a filter.
    public func list(_ filter: JobFilter = JobFilter()) async throws -> [JobRecord] {
        guard stores.count > 1 else { return try await backend.list(filter) }
        // The page is cut from what the stores have together, so each has to say what could be on it.
        var widened = filter
        let (offset, limit) = (max(0, filter.offset), max(0, filter.limit))
        let (sum, overflow) = offset.addingReportingOverflow(limit)
        (widened.offset, widened.limit) = (0, overflow ? .max : sum)
        var found: [JobRecord] = []
        for store in stores { found += try await store.list(widened) }
        return Array(found.sorted { filter.order.puts($0, before: $1) }.dropFirst(offset).prefix(limit))
    }

    /// The dead letters, the latest first.
    public func deadLetters(limit: Int = 100, offset: Int = 0) async throws -> [JobRecord] {
        try await list(JobFilter(states: [.failed], limit: limit, offset: offset))
    }

    /// What is in every queue, closures included.
    public func counts() async throws -> [QueueCounts] {
        var all: [String: QueueCounts] = [:]
        for store in stores {
            for counts in try await store.counts() {
                var sum = all[counts.queue] ?? QueueCounts(queue: counts.queue, jobs: [:])
                sum.jobs.merge(counts.jobs, uniquingKeysWith: +)
                sum.isPaused = sum.isPaused || counts.isPaused
                all[counts.queue] = sum
            }
        }
        return all.values.sorted { $0.queue < $1.queue }
    }

    /// Who runs durable jobs now, in any process; nobody if they are kept in memory.
    public func workers() async throws -> [WorkerRecord] { try await backend.workers() }

    /// Stops handing out a queue's jobs; those that run go on.
    public func pause(_ queue: String) async throws {
        for store in stores { try await store.setPaused(true, queue: queue) }
    }

    /// Whether a queue's jobs are not handed out now.
    package func isPaused(_ queue: String) async throws -> Bool {
        try await counts().contains { $0.queue == queue && $0.isPaused }
    }

    /// Hands out a queue's jobs again.
    public func resume(_ queue: String) async throws {
        for store in stores { try await store.setPaused(false, queue: queue) }
    }

    /// Makes a job that waits for its time due now, or after a delay, unless it has started.
    @discardableResult
    package func letGo(_ id: JobID, after delay: Duration = .zero) async throws -> Bool {
        try await !backend.reschedule([id], at: backend.clock.now + delay).isEmpty
    }

    private func onStores(_ act: (any JobBackend) async throws -> [JobID]) async throws -> [JobID] {
        var done: [JobID] = []
        for store in stores { done += try await act(store) }
        return done
    }

    // MARK: - Waiting

    func watch(_ id: JobID) -> JobWatch { watches.watch(id) }

    /// The job's record once it has ended; `nil` if the moment comes first.
    func end(of id: JobID, until limit: ContinuousClock.Instant?) async throws -> JobRecord? {
        if let record = try await endedRecord(of: id) { return record }
        let watch = watch(id)
        while true {
            if let record = try await endedRecord(of: id) { return record }
            try Task.checkCancellation()
            guard let limit else {
                await watch.signal.wait()
                continue
            }
            if ContinuousClock.now >= limit { return nil }
            await watch.signal.wait(until: limit)
        }
    }

    private func endedRecord(of id: JobID) async throws -> JobRecord? {
        guard let record = try await record(of: id) else { throw JobError.unknown(id) }
        return record.state.isTerminal ? record : nil
    }
}
