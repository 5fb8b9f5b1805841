// Where a check plays: an open store, its clock, and short words for what checks do all the time.

import NightjarJobs

struct Stage: Sendable {
    let backend: any JobBackend
    let clock: ManualClock

    init(_ make: BackendConformance.Make) async throws {
        clock = ManualClock()
        backend = try await make(clock.jobClock)
        try await backend.open()
    }

    var now: Timestamp { clock.now }
    var traits: BackendTraits { backend.traits }

    /// A job that is due after a delay.
    func job(
        _ text: String = "text", spec: JobSpec = JobSpec(name: "job"), after delay: Duration = .zero,
        context: String? = nil, parent: JobID? = nil, requestID: String? = nil
    ) -> NewJob {
        NewJob(
            id: JobID(), spec: spec, payload: Sample.payload(text, for: traits),
            context: context.map { Sample.context($0, for: traits) } ?? .none, parent: parent, requestID: requestID,
            createdAt: now, dueAt: now + delay)
    }

    /// Stores one job. Answers its id.
    @discardableResult
    func put(
        _ text: String = "text", spec: JobSpec = JobSpec(name: "job"), after delay: Duration = .zero
    ) async throws -> JobID {
        let job = job(text, spec: spec, after: delay)
        let answers = try await backend.insert([job])
        try require(answers, equals: [.inserted], "The answer to an insert")
        return job.id
    }

    /// Claims jobs.
    func take(
        _ limit: Int = 10, _ queues: QueueSelection = .all, worker: String = "worker", lease: Duration = .seconds(30),
        excluding: UnknownJobs = []
    ) async throws -> [ClaimedJob] {
        try await backend.claim(
            ClaimRequest(queues: queues, limit: limit, worker: worker, lease: lease, excluding: excluding))
    }

    /// Claims the one job that there is to claim.
    func takeOne(worker: String = "worker", file: StaticString = #fileID, line: UInt = #line) async throws -> ClaimedJob
    {
        let jobs = try await take(10, worker: worker)
        try require(jobs.count, equals: 1, "The number of jobs claimed", file: file, line: line)
        return try unwrap(jobs.first, "There is no job to claim.", file: file, line: line)
    }

    /// Settles one attempt. Answers whether it was accepted.
    func settle(_ job: ClaimedJob, _ disposition: Disposition) async throws -> Bool {
        let answers = try await backend.settle([Settlement(id: job.id, lease: job.lease, disposition: disposition)])
        try require(answers.count, equals: 1, "The number of answers to one settlement")
        return answers.first ?? false
    }

    /// Settles one attempt, which must be accepted.
    func end(
        _ job: ClaimedJob, _ disposition: Disposition, file: StaticString = #fileID, line: UInt = #line
    ) async throws {
        try require(try await settle(job, disposition), "The owner's settlement was refused.", file: file, line: line)
    }

    /// Renews one lease.
    func renew(
        _ job: ClaimedJob, for duration: Duration = .seconds(30), progress: JobProgress? = nil
    ) async throws -> LeaseState {
        let answers = try await backend.renew([
            Renewal(id: job.id, lease: job.lease, duration: duration, progress: progress)
        ])
        return try unwrap(answers.first, "A renewal was not answered.")
    }

    /// A job's record, which must be there.
    func record(_ id: JobID, file: StaticString = #fileID, line: UInt = #line) async throws -> JobRecord {
        let records = try await backend.records([id])
        try require(records.count, equals: 1, "The number of records for one id", file: file, line: line)
        return try unwrap(records.first ?? nil, "The job \(id) is gone.", file: file, line: line)
    }

    /// Requires a job to be in a state.
    func expect(_ id: JobID, is state: JobState, file: StaticString = #fileID, line: UInt = #line) async throws {
        let record = try await record(id, file: file, line: line)
        try require(record.state, equals: state, "The job's state", file: file, line: line)
    }

    /// Requires that there is nothing to claim.
    func expectNothingToClaim(
        _ why: String, in queues: QueueSelection = .all, file: StaticString = #fileID, line: UInt = #line
    ) async throws {
        let jobs = try await take(10, queues)
        try require(jobs.isEmpty, "A job was handed out although \(why).", file: file, line: line)
    }

    func failure(_ message: String = "no luck", attempt: Int = 1) -> JobFailure {
        JobFailure(type: "Test.Failure", message: message, attempt: attempt, at: now, worker: "worker")
    }

    /// A job in each state that a job can be in.
    func oneOfEach() async throws -> [JobState: JobID] {
        var ids: [JobState: JobID] = [:]
        for state in [JobState.running, .completed, .retrying, .failed, .cancelled] {
            let id = try await put("\(state)")
            ids[state] = id
            let job = try await takeOne()
            switch state {
            case .completed: try await end(job, .completed(Sample.output("done", for: traits)))
            case .retrying: try await end(job, .retrying(at: now + .seconds(60), failure()))
            case .failed: try await end(job, .failed(failure()))
            case .cancelled: try await end(job, .cancelled(nil))
            default: break
            }
        }
        ids[.scheduled] = try await put("scheduled", after: .seconds(60))
        ids[.pending] = try await put("pending")
        return ids
    }
}
