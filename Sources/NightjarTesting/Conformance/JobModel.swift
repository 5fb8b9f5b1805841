// A store of jobs that is obviously right: an array, and loops over it. Random sequences of operations are compared with it.

import NightjarJobs

struct ModelJob {
    var id: JobID
    var spec: JobSpec
    var text: String
    var createdAt: Timestamp
    var dueAt: Timestamp
    var state = JobState.scheduled
    var attempt = 0
    var crashes = 0
    var lease: Int64 = 0
    var leaseUntil: Timestamp?
    var isCancelRequested = false
    var finishedAt: Timestamp?
    var progress: JobProgress?
    var failures: [String] = []
    var output: String?
    /// It came back to its key while another job held it. Whether it holds the key as well is the backend's choice.
    var isContested = false

    func holdsKey(_ now: Timestamp) -> Bool {
        guard let unique = spec.unique else { return false }
        return unique.states.contains(state) || unique.period.map { now < createdAt + $0 } ?? false
    }
}

struct JobModel {
    private(set) var jobs: [ModelJob] = []
    private var paused: Set<String> = []

    func job(_ id: JobID) -> ModelJob? { jobs.first { $0.id == id } }

    /// Jobs whose time has come are pending.
    mutating func promote(_ now: Timestamp) {
        for index in jobs.indices where jobs[index].state.isWaiting && jobs[index].dueAt <= now {
            enter(.pending, index, now)
        }
    }

    private mutating func change(_ id: JobID, _ change: (inout ModelJob) -> Void) {
        guard let index = jobs.firstIndex(where: { $0.id == id }) else { return }
        change(&jobs[index])
    }

    private mutating func enter(_ state: JobState, _ index: Int, _ now: Timestamp) {
        let job = jobs[index]
        let isNews = !job.holdsKey(now)
        jobs[index].state = state
        guard isNews, jobs[index].holdsKey(now) else { return }
        if holders(of: job.spec, now).contains(where: { $0.id != job.id }) { jobs[index].isContested = true }
    }

    // MARK: - In

    func holders(of spec: JobSpec, _ now: Timestamp) -> [ModelJob] {
        guard let unique = spec.unique else { return [] }
        return jobs.filter { $0.spec.name == spec.name && $0.spec.unique?.key == unique.key && $0.holdsKey(now) }
    }

    /// Takes an answer over, if it is one of those that are right.
    mutating func insert(_ new: NewJob, _ text: String, answer: Insertion, _ now: Timestamp) throws {
        let holders = holders(of: new.spec, now)
        switch answer {
        case .inserted:
            try require(holders.allSatisfy(\.isContested), "A job was inserted although its key is held.")
            jobs.append(
                ModelJob(id: new.id, spec: new.spec, text: text, createdAt: new.createdAt, dueAt: new.dueAt))
            if let index = jobs.indices.last { enter(new.dueAt <= now ? .pending : .scheduled, index, now) }
        case .existing(let id):
            let holder = try unwrap(holders.first { $0.id == id }, "A job was refused for one that holds no key.")
            let replaces = new.spec.unique?.onConflict == .replace && holder.state.isWaiting
            try require(!replaces, "A job that had not started was not replaced.")
        case .replaced(let id):
            let holder = try unwrap(holders.first { $0.id == id }, "A job was replaced that holds no key.")
            try require(new.spec.unique?.onConflict == .replace, "A job was replaced although nobody asked for it.")
            try require(holder.state.isWaiting, "A job was replaced that had started.")
            change(id) { job in
                job.spec = new.spec
                job.text = text
                job.createdAt = new.createdAt
                job.dueAt = new.dueAt
                job.attempt = 0
                job.crashes = 0
                job.progress = nil
                job.failures = []
                job.state = new.dueAt <= now ? .pending : .scheduled
            }
        }
    }

    // MARK: - Out

    /// What a claim hands out.
    mutating func claim(_ request: ClaimRequest, _ now: Timestamp) -> [ModelJob] {
        func ready(_ isWanted: (String) -> Bool) -> [ModelJob] {
            jobs.filter { job in
                job.state == .pending && isWanted(job.spec.queue) && !paused.contains(job.spec.queue)
                    && !request.excluding.contains(job.spec)
            }.sorted { Self.isBefore($0, $1) }
        }
        var next = request.queues.named.flatMap { name in ready { $0 == name } }
        if request.queues.includesOthers { next += ready { request.queues.isOther($0) } }
        for job in next.prefix(request.limit) {
            change(job.id) { job in
                job.state = .running
                job.attempt += 1
                job.lease += 1
                job.leaseUntil = now + request.lease
                job.isCancelRequested = false
                job.progress = nil
            }
        }
        return next.prefix(request.limit).compactMap { self.job($0.id) }
    }

    static func isBefore(_ one: ModelJob, _ other: ModelJob) -> Bool {
        if one.spec.priority != other.spec.priority { return one.spec.priority > other.spec.priority }
        if one.dueAt != other.dueAt { return one.dueAt < other.dueAt }
        return one.id < other.id
    }

    // MARK: - After

    mutating func settle(_ settlement: Settlement, output: String?, _ now: Timestamp) -> Bool {
        guard let index = jobs.firstIndex(where: { $0.id == settlement.id }), jobs[index].state == .running,
            jobs[index].lease == settlement.lease
        else { return false }
        let isCalledOff = jobs[index].isCancelRequested
        jobs[index].leaseUntil = nil
        func end(_ state: JobState, _ model: inout JobModel, _ failure: JobFailure? = nil) {
            model.jobs[index].finishedAt = now
            if let failure { model.jobs[index].failures.append(failure.message) }
            model.enter(state, index, now)
        }
        func wait(_ state: JobState, _ model: inout JobModel, at moment: Timestamp, _ failure: JobFailure? = nil) {
            if isCalledOff { return end(.cancelled, &model, failure) }
            if failure == nil { model.jobs[index].attempt -= 1 }
            if let failure { model.jobs[index].failures.append(failure.message) }
            model.jobs[index].dueAt = moment
            model.enter(moment <= now ? .pending : state, index, now)
        }
        switch settlement.disposition {
        case .completed:
            jobs[index].output = output
            end(.completed, &self)
        case .failed(let failure): end(.failed, &self, failure)
        case .cancelled(let failure): end(.cancelled, &self, failure)
        case .pending: wait(.scheduled, &self, at: jobs[index].dueAt)
        case .scheduled(let moment): wait(.scheduled, &self, at: moment)
        case .retrying(let moment, let failure): wait(.retrying, &self, at: moment, failure)
        }
        return true
    }

    mutating func renew(_ renewal: Renewal, _ now: Timestamp) -> LeaseState {
        guard let job = job(renewal.id), job.state == .running, job.lease == renewal.lease else { return .lost }
        change(renewal.id) { job in
            job.leaseUntil = now + renewal.duration
            job.progress = renewal.progress ?? job.progress
        }
        return job.isCancelRequested ? .cancelRequested : .held
    }

    mutating func rescue(_ now: Timestamp) -> Set<JobID> {
        var rescued: Set<JobID> = []
        for index in jobs.indices {
            guard let until = jobs[index].leaseUntil, until <= now else { continue }
            rescued.insert(jobs[index].id)
            jobs[index].leaseUntil = nil
            jobs[index].attempt -= 1
            jobs[index].crashes += 1
            jobs[index].failures.append("worker died")
            if jobs[index].isCancelRequested || jobs[index].crashes > 3 {
                jobs[index].finishedAt = now
                enter(jobs[index].isCancelRequested ? .cancelled : .failed, index, now)
            } else {
                enter(.pending, index, now)
            }
        }
        return rescued
    }

    // MARK: - Operators

    mutating func cancel(_ ids: [JobID], _ now: Timestamp) -> Set<JobID> {
        apply(ids) {
            $0.state.isWaiting || $0.state == .running
        } with: { model, index in
            if model.jobs[index].state == .running {
                model.jobs[index].isCancelRequested = true
            } else {
                model.jobs[index].finishedAt = now
                model.enter(.cancelled, index, now)
            }
        }
    }

    mutating func reschedule(_ ids: [JobID], at moment: Timestamp, _ now: Timestamp) -> Set<JobID> {
        apply(ids) {
            $0.state.isWaiting
        } with: { model, index in
            let later: JobState = model.jobs[index].state == .retrying ? .retrying : .scheduled
            model.jobs[index].dueAt = moment
            model.enter(moment <= now ? .pending : later, index, now)
        }
    }

    mutating func requeue(_ ids: [JobID], at moment: Timestamp, _ now: Timestamp) -> Set<JobID> {
        apply(ids) {
            $0.state == .failed || $0.state == .cancelled
        } with: { model, index in
            model.jobs[index].attempt = 0
            model.jobs[index].crashes = 0
            model.jobs[index].finishedAt = nil
            model.jobs[index].dueAt = moment
            model.enter(moment <= now ? .pending : .scheduled, index, now)
        }
    }

    mutating func delete(_ ids: [JobID]) -> Set<JobID> {
        let gone = Set(jobs.filter { ids.contains($0.id) && $0.state != .running }.map(\.id))
        jobs.removeAll { gone.contains($0.id) }
        return gone
    }

    mutating func prune(_ retention: Retention, _ now: Timestamp) -> Int {
        let before = jobs.count
        jobs.removeAll { job in
            guard let end = job.finishedAt, job.state.isTerminal else { return false }
            return end < now - (job.state == .failed ? retention.failed : retention.completed)
        }
        return before - jobs.count
    }

    mutating func setPaused(_ isPaused: Bool, _ queue: String) {
        if isPaused { paused.insert(queue) } else { paused.remove(queue) }
    }

    private mutating func apply(
        _ ids: [JobID], to isAffected: (ModelJob) -> Bool, with change: (inout JobModel, Int) -> Void
    ) -> Set<JobID> {
        var done: Set<JobID> = []
        for id in ids {
            guard let index = jobs.firstIndex(where: { $0.id == id }), isAffected(jobs[index]) else { continue }
            change(&self, index)
            done.insert(id)
        }
        return done
    }

    // MARK: - Views

    var counts: [String: [JobState: Int]] {
        jobs.reduce(into: [:]) { $0[$1.spec.queue, default: [:]][$1.state, default: 0] += 1 }
    }

    var pausedQueues: Set<String> { paused }

    /// The due times of what these queues will hand out later.
    func dues(in queues: QueueSelection, after now: Timestamp) -> [Timestamp] {
        jobs.filter { job in
            job.state.isWaiting && job.dueAt > now && queues.contains(job.spec.queue)
                && !paused.contains(job.spec.queue)
        }.map(\.dueAt)
    }

    func list(_ filter: JobFilter) -> [JobID] {
        let matching = jobs.filter { job in
            (filter.states.isEmpty || filter.states.contains(job.state))
                && (filter.queue ?? job.spec.queue) == job.spec.queue && (filter.name ?? job.spec.name) == job.spec.name
                && (filter.tag.map(job.spec.tags.contains) ?? true)
                && (filter.createdBefore.map { job.createdAt < $0 } ?? true)
                && (filter.createdAfter.map { job.createdAt >= $0 } ?? true) && filter.isBehind(job.id)
        }
        let sorted =
            switch filter.order {
            case .newest: matching.sorted { $0.id > $1.id }
            case .oldest: matching.sorted { $0.id < $1.id }
            case .next: matching.sorted { Self.isBefore($0, $1) }
            }
        return sorted.dropFirst(filter.offset).prefix(filter.limit).map(\.id)
    }
}
