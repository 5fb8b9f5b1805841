// Jobs in one store, what became of them in another.
//
//     settle ──► results.put ──► queue.settle        first the result, then the word that the job has ended
//
// Two stores cannot be changed in one step. What is lost by that, and what is not:
//
//     a crash between the two steps     the result is there, the job is not settled: it runs again under a new lease, and
//                                       its new result is the one that counts. At least once, as ever; the orphan goes
//                                       with the retention.
//     the result cannot be stored       nothing is settled; the worker tries again for as long as its lease can hold, and
//                                       then the job runs again. A completed job whose result was never stored is
//                                       impossible.
//     two settlements of one attempt    the first counts, in both stores.
//     a late finisher                   writes under its own, old lease, where nobody looks; its settlement is refused.
//     the results are deleted by        the job is completed and has no result, which its future says. That is the
//     somebody else                     price of a store that somebody else can clear.
//
// The job itself (who may run it, its retries, the failures of its attempts) is in the queue alone.

/// A backend made of a store of jobs and a store of results.
public final class ComposedBackend: JobBackend {
    /// The store of jobs.
    public let queue: any JobBackend
    /// The store of results.
    public let results: any ResultStore
    /// The queue's promises; values are kept only if both stores keep them.
    public let traits: BackendTraits

    /// A backend of two stores.
    /// - Parameters:
    ///   - queue: Where jobs wait, run and retry.
    ///   - results: Where what they returned goes, and how they ended.
    ///   - name: What it is called; the names of both, with a `+` between them, if left out.
    public init(queue: any JobBackend, results: any ResultStore, name: String? = nil) {
        self.queue = queue
        self.results = results
        traits = BackendTraits(
            name: name ?? "\(queue.traits.name)+\(results.name)", durability: queue.traits.durability,
            keepsValues: queue.traits.keepsValues && results.keepsValues)
    }

    /// The queue's.
    public var clock: JobClock { queue.clock }

    /// Opens the results first: a job that ends needs them.
    public func open() async throws {
        try await results.open()
        do { try await queue.open() } catch {
            await results.close()
            throw error
        }
    }

    /// Closes both.
    public func close() async {
        await queue.close()
        await results.close()
    }

    // MARK: - Ends

    /// Stores the results of attempts that end their jobs, then settles.
    public func settle(_ settlements: [Settlement]) async throws -> [Bool] {
        try await storeResults(of: Self.firsts(of: settlements).filter(\.disposition.isFinal))
        return try await queue.settle(settlements.map(\.withoutOutput))
    }

    /// Of several settlements of one attempt, the one that the queue accepts.
    private static func firsts(of settlements: [Settlement]) -> [Settlement] {
        var seen: Set<JobResult.Attempt> = []
        return settlements.filter { seen.insert(JobResult.Attempt(job: $0.id, lease: $0.lease)).inserted }
    }

    /// Writes down ends that no attempt came to: a job that was called off while it waited, or whose workers died too often.
    /// The queue knows already, and nothing was returned: if this fails, readers of the results miss a line.
    private func storeEnds(_ records: [JobRecord]) async {
        let ends = records.filter { $0.state == .cancelled || $0.state == .failed }
        guard !ends.isEmpty else { return }
        try? await results.put(
            ends.map { record in
                JobResult(
                    attempt: JobResult.Attempt(job: record.id, lease: record.lease), name: record.spec.name,
                    queue: record.spec.queue, state: record.state, number: record.attempt,
                    at: record.finishedAt ?? clock.now, failure: record.failures.last)
            })
    }

    private func storeResults(of final: [Settlement]) async throws {
        guard !final.isEmpty else { return }
        let now = clock.now
        let records = try await queue.records(final.map(\.id))
        let new = zip(final, records).compactMap { settlement, record -> JobResult? in
            // Somebody else owns the job by now, or it has ended: the settlement will be refused.
            guard let record, record.state == .running, record.lease == settlement.lease else { return nil }
            let (state, output, failure) = settlement.disposition.outcome
            return JobResult(
                attempt: JobResult.Attempt(job: record.id, lease: record.lease), name: record.spec.name,
                queue: record.spec.queue, state: state, number: record.attempt, at: now,
                output: record.spec.storesResult ? output : .none, failure: failure)
        }
        if !new.isEmpty { try await results.put(new) }
    }

    /// Removes jobs that are not running, and what became of them.
    public func delete(_ ids: [JobID]) async throws -> [JobID] {
        let deleted = try await queue.delete(ids)
        if !deleted.isEmpty { try await results.delete(deleted) }
        return deleted
    }

    /// Removes what has been kept long enough: the jobs, and an hour later the results, so that no job outlives its own.
    public func prune(_ retention: Retention) async throws -> Int {
        let pruned = try await queue.prune(retention)
        try await results.prune(before: clock.now - max(retention.completed, retention.failed) - .seconds(3600))
        return pruned
    }

    // MARK: - Views

    /// The jobs with these ids, with their results.
    public func records(_ ids: [JobID]) async throws -> [JobRecord?] {
        let records = try await queue.records(ids)
        let whole = try await withResults(records.compactMap { $0 })
        var next = whole.makeIterator()
        return records.map { $0 == nil ? nil : next.next() }
    }

    /// Jobs that match a filter, with their results.
    public func list(_ filter: JobFilter) async throws -> [JobRecord] {
        try await withResults(try await queue.list(filter))
    }

    private func withResults(_ records: [JobRecord]) async throws -> [JobRecord] {
        let ended = records.filter { $0.state == .completed }
        guard !ended.isEmpty else { return records }
        let attempts = ended.map { JobResult.Attempt(job: $0.id, lease: $0.lease) }
        let found = zip(attempts, try await results.get(attempts)).compactMap { attempt, result in
            result.map { (attempt.job, $0.output) }
        }
        let outputs = Dictionary(found) { first, _ in first }
        return records.map { record in
            var record = record
            if record.state == .completed { record.output = outputs[record.id] ?? .none }
            return record
        }
    }

    // MARK: - The queue's own affairs

    /// Stores new jobs.
    public func insert(_ jobs: [NewJob]) async throws -> [Insertion] { try await queue.insert(jobs) }
    /// Hands out due jobs.
    public func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] { try await queue.claim(request) }
    /// Prolongs leases and stores progress.
    public func renew(_ renewals: [Renewal]) async throws -> [LeaseState] { try await queue.renew(renewals) }
    /// Takes back jobs whose lease ran out.
    public func rescue() async throws -> [JobRecord] {
        let rescued = try await queue.rescue()
        await storeEnds(rescued)
        return rescued
    }
    /// When the next waiting job falls due.
    public func nextDue(in queues: QueueSelection) async throws -> Timestamp? { try await queue.nextDue(in: queues) }
    /// Calls jobs off.
    public func cancel(_ ids: [JobID]) async throws -> [JobID] {
        let cancelled = try await queue.cancel(ids)
        if let records = try? await queue.records(cancelled) { await storeEnds(records.compactMap(\.self)) }
        return cancelled
    }
    /// Gives waiting jobs another due time.
    public func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await queue.reschedule(ids, at: due)
    }
    /// Brings ended jobs back.
    public func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await queue.requeue(ids, at: due)
    }
    /// Stops or resumes a queue.
    public func setPaused(_ paused: Bool, queue name: String) async throws {
        try await queue.setPaused(paused, queue: name)
    }
    /// Moves a schedule on.
    public func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer { try await queue.move(schedule) }
    /// How far schedules have come.
    public func schedules() async throws -> [ScheduleRecord] { try await queue.schedules() }
    /// Stops or resumes a schedule.
    public func setPaused(_ paused: Bool, schedule: String) async throws {
        try await queue.setPaused(paused, schedule: schedule)
    }
    /// What is in every queue.
    public func counts() async throws -> [QueueCounts] { try await queue.counts() }
    /// Who runs jobs now.
    public func workers() async throws -> [WorkerRecord] { try await queue.workers() }
    /// Registers for news.
    public func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void) { queue.subscribe(subscriber) }
}

extension Disposition {
    fileprivate var outcome: (JobState, JobOutput, JobFailure?) {
        switch self {
        case .completed(let output): (.completed, output, nil)
        case .failed(let failure): (.failed, .none, failure)
        case .cancelled(let failure): (.cancelled, .none, failure)
        case .retrying, .scheduled, .pending: (.pending, .none, nil)
        }
    }
}

extension Settlement {
    fileprivate var withoutOutput: Settlement {
        guard case .completed = disposition else { return self }
        return Settlement(id: id, lease: lease, disposition: .completed(.none))
    }
}
