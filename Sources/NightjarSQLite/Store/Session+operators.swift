// What operators and the janitor do to jobs.

import NightjarJobs

extension Session {
    private struct Found {
        var seq: Int64
        var state: StoredState
        var due: Timestamp
    }

    private func find(_ id: JobID) throws -> Found? {
        let find = try statement(.find)
        find.bind(1, id)
        return try find.first {
            Found(seq: $0.int64(0), state: StoredState(rawValue: $0.int64(1)) ?? .failed, due: $0.moment(2))
        }
    }

    /// Calls jobs off. Answers with those it applied to, the waiting ones first.
    func cancel(_ ids: [JobID]) throws -> [JobID] {
        var done: [JobID] = []
        var asked: [JobID] = []
        for id in ids {
            guard let job = try find(id) else { continue }
            if job.state.isWaiting {
                try end(job.seq, .cancelled)
                news.change(id)
                done.append(id)
            } else if job.state == .running {
                let ask = try statement(.askToCancel)
                ask.bind(1, job.seq)
                try ask.run()
                news.askToCancel(id)
                asked.append(id)
            }
        }
        return done + asked
    }

    /// Gives waiting jobs another due time.
    func reschedule(_ ids: [JobID], at due: Timestamp) throws -> [JobID] {
        try ids.filter { id in
            guard let job = try find(id), job.state.isWaiting else { return false }
            // A retry whose time has come waits like any other job.
            let isRetry = job.state == .retrying && job.due > now
            try wait(job.seq, isRetry ? .retrying : .scheduled, until: due, isCounted: true)
            news.change(id)
            return true
        }
    }

    /// Brings `failed` and `cancelled` jobs back with all their attempts.
    func requeue(_ ids: [JobID], at due: Timestamp) throws -> [JobID] {
        try ids.filter { id in
            guard let job = try find(id), job.state == .failed || job.state == .cancelled else { return false }
            let revive = try statement(.revive)
            revive.bind(1, job.seq)
            revive.bind(2, waitingState(.scheduled, until: due).rawValue)
            revive.bind(3, due)
            try revive.run()
            try giveKeyBack(job.seq)
            news.waits(until: due, now: now)
            news.change(id)
            return true
        }
    }

    /// A job whose key went to another after its end may hold it again.
    private func giveKeyBack(_ seq: Int64) throws {
        let find = try statement(.findKeyless)
        find.bind(1, seq)
        guard let spec = try find.first({ try self.spec($0.int64(0), extra: $0.text(1)) }), let unique = spec.unique
        else { return }
        let keep = try statement(.keepKey)
        keep.bind(1, seq)
        keep.bind(2, Self.key(spec, unique))
        try keep.run()
    }

    /// Removes jobs that are not running.
    func delete(_ ids: [JobID]) throws -> [JobID] {
        try ids.filter { id in
            guard let job = try find(id), job.state != .running else { return false }
            try remove(job.seq)
            news.change(id)
            return true
        }
    }

    private func remove(_ seq: Int64) throws {
        for query in [Query.deleteNotes, .delete] {
            let statement = try self.statement(query)
            statement.bind(1, seq)
            try statement.run()
        }
    }

    func setPaused(_ paused: Bool, queue: String) throws {
        let statement = try self.statement(.setPaused)
        statement.bind(1, queue)
        statement.bind(2, paused ? 1 : 0)
        try statement.run()
        if !paused { news.ready() }
    }

    /// Removes some jobs that have been kept long enough. Answers how many.
    func prune(_ retention: Retention, atMost limit: Int) throws -> Int {
        let queues = try statement(.queues).rows { $0.int64(0) }
        var removed = 0
        for state in [StoredState.completed, .cancelled, .failed] {
            let age = state == .failed ? retention.failed : retention.completed
            for queue in queues where removed < limit {
                let find = try statement(.oldest)
                find.bind(1, state.rawValue)
                find.bind(2, queue)
                find.bind(3, now - age)
                find.bind(4, limit - removed)
                let old = try find.rows { (seq: $0.int64(0), id: try $0.id(1)) }
                for job in old { try remove(job.seq) }
                removed += old.count
            }
        }
        return removed
    }

    /// Forgets a worker that is dead for good; what it ran names it in its failures only.
    func forgetWorker(_ name: String, member: String) throws {
        let statement = try self.statement(.forgetWorker)
        statement.bind(1, name)
        statement.bind(2, member)
        try statement.run()
    }

    /// Gives some of the file's unused pages back, if there are more than it is likely to need again soon. Answers whether
    /// there is more to give.
    func shrink() throws -> Bool {
        func pragma(_ name: String) throws -> Int { try Prepared(db, "PRAGMA \(name)").first { $0.int(0) } ?? 0 }
        guard try pragma("auto_vacuum") == 2 else { return false }
        let excess = try pragma("freelist_count") - max(256, pragma("page_count") / 20)
        guard excess > 0 else { return false }
        try Prepared(db, "PRAGMA incremental_vacuum(\(min(excess, 512)))").run()
        return excess > 512
    }
}
