// What becomes of attempts: said by their owner under the lease, or by the store when the owner is gone.

import NightjarJobs

extension Session {
    /// Writes down what became of attempts.
    func settle(_ settlements: [Settlement]) throws -> [Bool] {
        try settlements.map { settlement in
            let isOwner = try settle(settlement)
            if isOwner { news.change(settlement.id) }
            return isOwner
        }
    }

    private func settle(_ settlement: Settlement) throws -> Bool {
        if case .completed(let output) = settlement.disposition {
            let complete = try statement(.complete)
            complete.bind(1, settlement.id)
            complete.bind(2, settlement.lease)
            complete.bind(3, now)
            if case .encoded(let bytes) = output { complete.bind(4, bytes) } else { complete.bindNull(4) }
            return try complete.changes() > 0
        }
        guard let (seq, isCancelled, due) = try lease(settlement.id, settlement.lease) else { return false }
        switch isCancelled ? settlement.disposition.calledOff : settlement.disposition {
        case .completed: break
        case .failed(let failure): try end(seq, .failed, failure)
        case .cancelled(let failure): try end(seq, .cancelled, failure)
        // It was due when it was claimed, even if the clock has been set back since.
        case .pending: try wait(seq, .scheduled, until: min(due, now), isCounted: false)
        case .scheduled(let moment): try wait(seq, .scheduled, until: moment, isCounted: false)
        case .retrying(let moment, let failure):
            try note(failure, seq)
            try wait(seq, .retrying, until: moment, isCounted: true)
        }
        return true
    }

    /// Prolongs leases and stores progress.
    func renew(_ renewals: [Renewal]) throws -> [LeaseState] {
        try renewals.map { renewal in
            guard let (seq, isCancelled, _) = try lease(renewal.id, renewal.lease) else { return .lost }
            let statement = try self.statement(renewal.progress == nil ? .renew : .renewWithProgress)
            statement.bind(1, seq)
            statement.bind(2, now + renewal.duration)
            statement.bind(3, renewal.duration.microseconds)
            if let progress = renewal.progress {
                statement.bind(4, progress.fraction)
                statement.bind(5, progress.message)
                news.change(renewal.id)
            }
            try statement.run()
            return isCancelled ? .cancelRequested : .held
        }
    }

    private func lease(_ id: JobID, _ lease: Int64) throws -> (seq: Int64, isCancelled: Bool, due: Timestamp)? {
        let find = try statement(.findLease)
        find.bind(1, id)
        find.bind(2, lease)
        return try find.first { ($0.int64(0), $0.int(1) != 0, $0.moment(2)) }
    }

    // MARK: - Rescue

    private struct Lost {
        var seq: Int64
        var id: JobID
        var attempt: Int
        var crashes: Int
        var isCancelled: Bool
        var due: Timestamp
        var worker: String?
        var member: String?
        var until: Timestamp
        var duration: Duration
    }

    /// Takes back jobs whose worker is dead or whose lease ran out. Answers their ids.
    ///
    /// A lease runs out when as much time has passed as it was granted for, whatever the wall clock was set to since: a
    /// clock set forward takes no job from a worker that lives, and one set back lets no lease go on.
    ///
    /// - Parameters:
    ///   - own: The member that asks; its own leases run out on time.
    ///   - isAlive: Whether a member's process lives. If it does, it has half a lease more from when its lease is first seen
    ///     to have run out: the database may have been locked for as long as that, and its renewal comes now.
    func rescue(for own: String, isAlive: (_ member: String) -> Bool) throws -> [JobID] {
        let running = try statement(.running).rows { row in
            Lost(
                seq: row.int64(0), id: try row.id(1), attempt: row.int(2), crashes: row.int(3),
                isCancelled: row.int(4) != 0,
                due: row.moment(5), worker: row.text(6), member: row.text(7), until: row.moment(8),
                duration: .microseconds(row.int64(9)))
        }
        var verdicts: [String: Bool] = [:]
        var late: [Int64: LateRenewal] = [:]
        let lost = running.filter { job in
            guard let member = job.member else { return hasRunOut(job) }
            let isAlive = verdicts[member] ?? isAlive(member)
            verdicts[member] = isAlive
            guard isAlive else { return true }
            guard hasRunOut(job) else { return false }
            if member == own { return true }
            return isOverdue(job, &late)
        }
        lateRenewals = late
        for job in lost { try takeBack(job) }
        return lost.map(\.id)
    }

    private func hasRunOut(_ job: Lost) -> Bool {
        // A session without notes is not the writer's, and rescues nothing.
        guard let history else { return false }
        return history.uptime - history.uptime(at: job.until - job.duration) >= job.duration
    }

    /// Whether a lease that ran out has been seen so for half of its length.
    private func isOverdue(_ job: Lost, _ late: inout [Int64: LateRenewal]) -> Bool {
        let now = history?.uptime ?? .zero
        let known = lateRenewals[job.seq].flatMap { $0.until == job.until ? $0 : nil }
        let first = known ?? LateRenewal(until: job.until, since: now)
        if now - first.since >= job.duration / 2 { return true }
        late[job.seq] = first
        return false
    }

    private func takeBack(_ job: Lost) throws {
        let lose = try statement(.loseAttempt)
        lose.bind(1, job.seq)
        try lose.run()
        let failure = JobFailure(
            type: "WorkerDied", message: "worker died", attempt: job.attempt, at: now, worker: job.worker)
        if job.isCancelled {
            try end(job.seq, .cancelled, failure)
        } else if job.crashes + 1 > JobRecord.survivableCrashes {
            try end(job.seq, .failed, failure)
        } else {
            try note(failure, job.seq)
            try wait(job.seq, .scheduled, until: min(job.due, now), isCounted: true)
        }
        news.change(job.id)
    }

    // MARK: - Steps

    /// Makes a job that was running wait again.
    func wait(_ seq: Int64, _ state: StoredState, until moment: Timestamp, isCounted: Bool) throws {
        let statement = try self.statement(.wait)
        statement.bind(1, seq)
        statement.bind(2, waitingState(state, until: moment).rawValue)
        statement.bind(3, moment)
        statement.bind(4, isCounted ? 0 : 1)
        try statement.run()
        news.waits(until: moment, now: now)
    }

    func end(_ seq: Int64, _ state: StoredState, _ failure: JobFailure? = nil) throws {
        if let failure { try note(failure, seq) }
        let statement = try self.statement(.end)
        statement.bind(1, seq)
        statement.bind(2, state.rawValue)
        statement.bind(3, now)
        try statement.run()
    }

    private func note(_ failure: JobFailure, _ seq: Int64) throws {
        let note = try statement(.note)
        note.bind(1, seq)
        note.bind(2, failure.attempt)
        note.bind(3, failure.at)
        note.bind(4, failure.type)
        note.bind(5, failure.message)
        note.bind(6, failure.worker)
        try note.run()
        let forget = try statement(.forgetNotes)
        forget.bind(1, seq)
        forget.bind(2, JobRecord.keptFailures)
        try forget.run()
    }
}
