// All jobs, and every step a job takes, as a value: no file, no clock. A step writes down what it changed, so that the log
// can be told; reading the log back leads to the same state.

import Nightjar

struct FileState {
    /// What a step changed: one line of the log.
    struct Change: Codable {
        var jobs: [Stored] = []
        var gone: [JobID] = []
        /// Queues that were paused (true) or resumed.
        var paused: [String: Bool] = [:]
        var schedules: [StoredSchedule] = []

        var isEmpty: Bool { jobs.isEmpty && gone.isEmpty && paused.isEmpty && schedules.isEmpty }
    }

    private(set) var jobs: [JobID: Stored] = [:]
    private(set) var paused: Set<String> = []
    private(set) var schedules: [String: StoredSchedule] = [:]
    /// Until when claims hold, by the clock's uptime. They are this process's, and die with it.
    private var leases: [JobID: Duration] = [:]
    /// What was changed since it was last taken.
    private(set) var change = Change()
    private var touched: Set<JobID> = []

    /// Everything, as one change.
    var whole: Change {
        Change(
            jobs: jobs.values.sorted { $0.id < $1.id }, paused: Dictionary(paused.map { ($0, true) }) { $1 },
            schedules: schedules.values.sorted { $0.name < $1.name })
    }

    /// Takes over what a line says.
    mutating func apply(_ change: Change) {
        for job in change.jobs { jobs[job.id] = job }
        for id in change.gone { jobs[id] = nil }
        for (queue, isPaused) in change.paused {
            if isPaused { paused.insert(queue) } else { paused.remove(queue) }
        }
        for schedule in change.schedules { schedules[schedule.name] = schedule }
    }

    /// What was changed, each job once.
    mutating func takeChange() -> Change {
        defer { (change, touched) = (Change(), []) }
        change.jobs = touched.sorted().compactMap { jobs[$0] }
        return change
    }

    /// The jobs that were changed since the change was last taken.
    var changedSoFar: [JobID] { touched.sorted() }

    private mutating func set(_ job: Stored) {
        jobs[job.id] = job
        touched.insert(job.id)
    }

    // MARK: - In

    mutating func insert(_ new: NewJob, _ now: Timestamp) throws -> Insertion {
        if let unique = new.spec.unique, let holder = holder(of: unique, new.spec.name, now) {
            guard unique.onConflict == .replace, holder.state.isWaiting else { return .existing(holder.id) }
            wait(try holder.replaced(by: new), .scheduled, at: new.dueAt, now)
            return .replaced(holder.id)
        }
        wait(try Stored(new), .scheduled, at: new.dueAt, now)
        return .inserted
    }

    private func holder(of unique: UniquePolicy, _ name: String, _ now: Timestamp) -> Stored? {
        jobs.values.first { job in
            guard let own = job.spec.unique, own.key == unique.key, job.spec.name == name else { return false }
            return own.states.contains(job.state) || own.period.map { now < job.createdAt + $0 } ?? false
        }
    }

    private mutating func wait(_ job: Stored, _ state: JobState, at moment: Timestamp, _ now: Timestamp) {
        var job = job
        job.dueAt = moment
        job.state = moment <= now ? .pending : state
        set(job)
    }

    /// Jobs whose time has come are pending from then on.
    mutating func promote(_ now: Timestamp) {
        for var job in jobs.values where (job.state == .scheduled || job.state == .retrying) && job.dueAt <= now {
            job.state = .pending
            set(job)
        }
    }

    // MARK: - Out

    mutating func claim(_ request: ClaimRequest, _ now: Timestamp, _ uptime: Duration) -> [ClaimedJob] {
        let ready = jobs.values.filter { $0.state == .pending && !paused.contains($0.spec.queue) }
            .sorted(by: Stored.isBefore)
        var lines = request.queues.named.map { name in ready.filter { $0.spec.queue == name } }
        if request.queues.includesOthers {
            lines.append(ready.filter { request.queues.isOther($0.spec.queue) })
        }
        var claimed: [ClaimedJob] = []
        for var job in lines.joined() where claimed.count < request.limit {
            if let expiry = job.expiresAt, expiry <= now {
                end(
                    job, .cancelled, now,
                    JobFailure(
                        type: "Expired", message: "was not started before it expired", attempt: job.attempt, at: now))
            } else if job.dueAt > now, job.dueAt > job.createdAt {
                // It joined the line while the clock was ahead. What had no delay was due in any case.
                wait(job, job.attempt > 0 ? .retrying : .scheduled, at: job.dueAt, now)
            } else if !request.excluding.contains(job.spec.spec) {
                job.state = .running
                job.attempt += 1
                job.lease += 1
                job.startedAt = now
                job.worker = request.worker
                job.progress = nil
                job.isCalledOff = false
                set(job)
                leases[job.id] = uptime + request.lease
                claimed.append(job.claimed(at: now))
            }
        }
        return claimed
    }

    // MARK: - After an attempt

    mutating func settle(_ settlement: Settlement, _ now: Timestamp) -> Bool {
        guard var job = owned(settlement.id, settlement.lease) else { return false }
        leases[job.id] = nil
        switch job.isCalledOff ? calledOff(settlement.disposition) : settlement.disposition {
        case .completed(let output):
            job.keep(output)
            end(job, .completed, now)
        case .failed(let failure): end(job, .failed, now, failure)
        case .cancelled(let failure): end(job, .cancelled, now, failure)
        case .pending:
            job.attempt -= 1
            wait(job, .scheduled, at: min(job.dueAt, now), now)
        case .scheduled(let moment):
            job.attempt -= 1
            wait(job, .scheduled, at: moment, now)
        case .retrying(let moment, let failure):
            job.note(failure)
            wait(job, .retrying, at: moment, now)
        }
        return true
    }

    /// A job that somebody called off while it ran does not wait again.
    private func calledOff(_ disposition: Disposition) -> Disposition {
        switch disposition {
        case .pending, .scheduled: .cancelled(nil)
        case .retrying(_, let failure): .cancelled(failure)
        case .completed, .failed, .cancelled: disposition
        }
    }

    mutating func renew(_ renewal: Renewal, _ uptime: Duration) -> LeaseState {
        guard var job = owned(renewal.id, renewal.lease) else { return .lost }
        leases[job.id] = uptime + renewal.duration
        if let progress = renewal.progress {
            job.progress = progress
            set(job)
        }
        return job.isCalledOff ? .cancelRequested : .held
    }

    mutating func rescue(_ now: Timestamp, _ uptime: Duration) -> [JobRecord] {
        // A running job without a lease was claimed by a process that is no more.
        let lost = jobs.values.filter { $0.state == .running && leases[$0.id, default: uptime] <= uptime }
        return lost.sorted { $0.id < $1.id }.compactMap { lost in
            var job = lost
            leases[job.id] = nil
            job.attempt -= 1
            job.crashes += 1
            let failure = JobFailure(
                type: "WorkerDied", message: "worker died", attempt: job.attempt + 1, at: now, worker: job.worker)
            if job.isCalledOff {
                end(job, .cancelled, now, failure)
            } else if job.crashes > 3 {
                end(job, .failed, now, failure)
            } else {
                job.note(failure)
                wait(job, .scheduled, at: min(job.dueAt, now), now)
            }
            return jobs[job.id]?.record
        }
    }

    private func owned(_ id: JobID, _ lease: Int64) -> Stored? {
        guard let job = jobs[id], job.state == .running, job.lease == lease else { return nil }
        return job
    }

    private mutating func end(_ job: Stored, _ state: JobState, _ now: Timestamp, _ failure: JobFailure? = nil) {
        var job = job
        if let failure { job.note(failure) }
        job.state = state
        job.finishedAt = now
        set(job)
    }

    // MARK: - Operators

    mutating func cancel(_ ids: [JobID], _ now: Timestamp) -> (waiting: [JobID], running: [JobID]) {
        var (waiting, running): ([JobID], [JobID]) = ([], [])
        for id in ids {
            guard var job = jobs[id] else { continue }
            if job.state.isWaiting {
                end(job, .cancelled, now)
                waiting.append(id)
            } else if job.state == .running {
                job.isCalledOff = true
                set(job)
                running.append(id)
            }
        }
        return (waiting, running)
    }

    mutating func reschedule(_ ids: [JobID], at moment: Timestamp, _ now: Timestamp) -> [JobID] {
        ids.filter { id in
            guard let job = jobs[id], job.state.isWaiting else { return false }
            wait(job, job.state == .retrying ? .retrying : .scheduled, at: moment, now)
            return true
        }
    }

    mutating func requeue(_ ids: [JobID], at moment: Timestamp, _ now: Timestamp) -> [JobID] {
        ids.filter { id in
            guard var job = jobs[id], job.state == .failed || job.state == .cancelled else { return false }
            (job.attempt, job.crashes, job.finishedAt) = (0, 0, nil)
            wait(job, .scheduled, at: moment, now)
            return true
        }
    }

    mutating func delete(_ ids: [JobID]) -> [JobID] {
        ids.filter { id in
            guard let job = jobs[id], job.state != .running else { return false }
            jobs[id] = nil
            touched.remove(id)
            change.gone.append(id)
            return true
        }
    }

    mutating func prune(_ retention: Retention, _ now: Timestamp) -> Int {
        delete(
            jobs.values.filter { job in
                guard job.state.isTerminal, let end = job.finishedAt else { return false }
                return end < now - (job.state == .failed ? retention.failed : retention.completed)
            }.map(\.id)
        ).count
    }

    mutating func setPaused(_ isPaused: Bool, _ queue: String) {
        if isPaused { paused.insert(queue) } else { paused.remove(queue) }
        change.paused[queue] = isPaused
    }

    // MARK: - Schedules

    mutating func move(_ move: ScheduleMove, _ now: Timestamp) throws -> ScheduleAnswer {
        let known = schedules[move.name]
        guard known?.position == move.from else { return .elsewhere(known?.position) }
        var record = known ?? StoredSchedule(name: move.name, position: move.to)
        record.position = move.to
        var insertion: Insertion?
        if let job = move.job, !record.isPaused {
            let answer = try insert(job, now)
            record.lastFiring = move.to
            switch answer {
            case .inserted: record.lastJob = job.id
            case .existing(let id), .replaced(let id): record.lastJob = id
            }
            insertion = answer
        }
        set(record)
        return insertion.map { .fired($0) } ?? .moved
    }

    mutating func setPaused(_ isPaused: Bool, schedule name: String, _ now: Timestamp) {
        var record = schedules[name] ?? StoredSchedule(name: name, position: now)
        if record.isPaused, !isPaused { record.position = max(record.position, now) }
        record.isPaused = isPaused
        set(record)
    }

    private mutating func set(_ schedule: StoredSchedule) {
        schedules[schedule.name] = schedule
        change.schedules.append(schedule)
    }

    // MARK: - Views

    func list(_ filter: JobFilter) -> [JobRecord] {
        let matching = jobs.values.filter { $0.matches(filter) }
        let sorted =
            switch filter.order {
            case .newest: matching.sorted { $0.id > $1.id }
            case .oldest: matching.sorted { $0.id < $1.id }
            case .next: matching.sorted(by: Stored.isBefore)
            }
        return sorted.dropFirst(max(0, filter.offset)).prefix(max(0, filter.limit)).map(\.record)
    }

    var counts: [QueueCounts] {
        var counts: [String: [JobState: Int]] = [:]
        for queue in paused { counts[queue] = [:] }
        for job in jobs.values { counts[job.spec.queue, default: [:]][job.state, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }.map {
            QueueCounts(queue: $0.key, jobs: $0.value, isPaused: paused.contains($0.key))
        }
    }

    /// When the next waiting job falls due.
    var nextDue: Timestamp? {
        jobs.values.lazy.filter { $0.state == .scheduled || $0.state == .retrying }.map(\.dueAt).min()
    }
}
