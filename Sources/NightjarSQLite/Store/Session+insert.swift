// Jobs on their way in.

import NightjarJobs

extension Session {
    /// Stores jobs: all of them, or it throws and the transaction is to be rolled back.
    func insert(_ jobs: [NewJob]) throws -> [Insertion] {
        try checkRoom(for: jobs)
        return try jobs.map { job in
            let answer = try insert(job)
            if case .existing = answer { return answer }
            news.waits(until: job.dueAt, now: now)
            if case .replaced(let id) = answer { news.change(id) }
            return answer
        }
    }

    private func checkRoom(for jobs: [NewJob]) throws {
        guard let limit, !jobs.isEmpty else { return }
        let waiting = try statement(.waiting).first { $0.int(0) } ?? 0
        guard try waiting + jobs.count <= limit || waiting + newcomers(jobs) <= limit else {
            throw QueueError.full(limit: limit)
        }
    }

    /// How many of these jobs would be new: those whose key is held are not.
    private func newcomers(_ jobs: [NewJob]) throws -> Int {
        try jobs.count { job in try placement(of: job.spec).key.flatMap { try holder(of: $0) } == nil }
    }

    private func insert(_ job: NewJob) throws -> Insertion {
        let placement = try placement(of: job.spec)
        guard let key = placement.key else {
            let statement = try self.statement(.insert)
            try bind(job, placement, to: statement)
            try statement.run()
            return .inserted
        }
        if let holder = try holder(of: key) {
            guard job.spec.unique?.onConflict == .replace, holder.state.isWaiting else { return .existing(holder.id) }
            try replace(holder, with: job, placement)
            return .replaced(holder.id)
        }
        // Whoever the index still has does not hold the key any more, though it may again.
        let drop = try statement(.dropKey)
        drop.bind(1, key)
        try drop.run()
        let statement = try self.statement(.insertUnique)
        try bind(job, placement, to: statement)
        guard try statement.changes() > 0 else { throw SQLiteFailure.corrupt("a unique key is taken, but by nobody") }
        return .inserted
    }

    private func bind(_ job: NewJob, _ placement: Placement, to statement: Prepared) throws {
        statement.bind(1, job.id)
        statement.bind(2, waitingState(.scheduled, until: job.dueAt).rawValue)
        statement.bind(3, placement.spec)
        statement.bind(4, placement.queue)
        statement.bind(5, -job.spec.priority)
        statement.bind(6, job.dueAt)
        statement.bind(7, job.createdAt)
        statement.bind(8, job.expiresAt)
        statement.bind(9, placement.key)
        statement.bind(10, job.parent)
        statement.bind(11, placement.extra)
        statement.bind(12, try payload(of: job))
        statement.bind(13, try context(of: job))
        statement.bind(14, job.requestID)
        if let holds = placement.holds { statement.bind(15, holds) } else { statement.bindNull(15) }
    }

    private func payload(of job: NewJob) throws -> [UInt8] {
        guard case .encoded(let bytes) = job.payload else {
            throw QueueError.notEncodable(
                job: job.spec.name, reason: "a database keeps bytes, and it was handed a value.")
        }
        return bytes
    }

    private func context(of job: NewJob) throws -> [UInt8]? {
        switch job.context {
        case .none: return nil
        case .encoded(let bytes): return bytes
        case .live:
            throw QueueError.notEncodable(
                job: job.spec.name, reason: "a database keeps bytes, and its context was handed over as a value.")
        }
    }

    /// The state of a job that waits until a moment.
    func waitingState(_ state: StoredState, until moment: Timestamp) -> StoredState { moment <= now ? .pending : state }

    // MARK: - Unique jobs

    private struct Holder {
        var seq: Int64
        var id: JobID
        var state: JobState
        var createdAt: Timestamp
        var policy: UniquePolicy?

        func holds(_ now: Timestamp) -> Bool {
            guard let policy else { return false }
            return policy.states.contains(state) || policy.period.map { now < createdAt + $0 } ?? false
        }
    }

    /// The job that holds a key now.
    private func holder(of key: [UInt8]) throws -> Holder? {
        let find = try statement(.findKey)
        find.bind(1, key)
        defer { find.reset() }
        while try find.step() {
            let state = StoredState(rawValue: find.int64(2)) ?? .failed
            let holder = Holder(
                seq: find.int64(0), id: try find.id(1), state: state.state(due: find.moment(3), now: now),
                createdAt: find.moment(4), policy: try spec(find.int64(6), extra: find.text(5)).unique)
            if holder.holds(now) { return holder }
        }
        return nil
    }

    /// Makes a job that replaces another: it has the id of the one it replaces, and nothing else of it.
    private func replace(_ holder: Holder, with job: NewJob, _ placement: Placement) throws {
        let statement = try self.statement(.replace)
        statement.bind(1, holder.seq)
        statement.bind(2, waitingState(.scheduled, until: job.dueAt).rawValue)
        statement.bind(3, placement.spec)
        statement.bind(4, placement.queue)
        statement.bind(5, -job.spec.priority)
        statement.bind(6, job.dueAt)
        statement.bind(7, job.expiresAt)
        statement.bind(8, job.parent)
        statement.bind(9, placement.extra)
        statement.bind(10, try payload(of: job))
        statement.bind(11, try context(of: job))
        statement.bind(12, job.requestID)
        statement.bind(13, job.createdAt)
        if let holds = placement.holds { statement.bind(14, holds) } else { statement.bindNull(14) }
        try statement.run()
        let forget = try self.statement(.deleteNotes)
        forget.bind(1, holder.seq)
        try forget.run()
    }
}
