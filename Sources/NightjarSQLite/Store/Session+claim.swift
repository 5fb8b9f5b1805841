// Jobs on their way out: what has fallen due joins the line, the best are marked as taken, each under a new lease.

import NightjarJobs

extension Session {
    /// From how many jobs on that are passed over in one claim an index by kind is made: 1000, a tenth of a millisecond.
    private static let mostPassedOver = 1000

    /// How many jobs that fell due join the line in one claim; the rest do in the next ones, the earliest first.
    private static let dueAtOnce = 10_000

    private struct Place: Comparable {
        var seq: Int64
        var rank: Int64
        var due: Int64
        var id: JobID

        static func < (left: Self, right: Self) -> Bool {
            (left.rank, left.due, left.id) < (right.rank, right.due, right.id)
        }
    }

    /// Hands out due jobs, best first.
    /// - Parameter member: Whose lock file says that the worker lives.
    func claim(_ request: ClaimRequest, member: String) throws -> [ClaimedJob] {
        guard request.limit > 0 else { return [] }
        let promote = try statement(.fallDue)
        promote.bind(1, now)
        promote.bind(2, Self.dueAtOnce)
        try promote.run()

        let lines = try lines(of: request.queues)
        let strangers = try specs(of: request.excluding)
        let worker = try workerID(request.worker, member: member)
        var jobs: [ClaimedJob] = []
        while jobs.count < request.limit {
            let places = try next(request.limit - jobs.count, of: lines, without: strangers)
            if places.isEmpty { break }
            for place in places {
                if let job = try take(place, request, worker) { jobs.append(job) }
            }
        }
        return jobs
    }

    /// The queues to be drained one after the other; the last entry may hold several that are drained as one.
    private func lines(of selection: QueueSelection) throws -> [[Int64]] {
        let queues = try statement(.queues).rows { (id: $0.int64(0), name: $0.text(1) ?? "", isPaused: $0.int(2) != 0) }
        let open = queues.filter { !$0.isPaused }
        var lines = selection.named.compactMap { name in open.first { $0.name == name }.map { [$0.id] } }
        if selection.includesOthers { lines.append(open.filter { selection.isOther($0.name) }.map(\.id)) }
        return lines
    }

    private func specs(of unknown: UnknownJobs) throws -> Set<Int64> {
        guard !unknown.isEmpty else { return [] }
        var ids: Set<Int64> = []
        let find = try Prepared(db, "SELECT id FROM nightjar_specs WHERE name = ?1")
        for name in unknown.names {
            find.bind(1, name)
            for id in try find.rows({ $0.int64(0) }) where unknown.contains(try spec(id, extra: nil)) { ids.insert(id) }
        }
        return ids
    }

    private func next(_ count: Int, of lines: [[Int64]], without strangers: Set<Int64>) throws -> [Place] {
        var places: [Place] = []
        for line in lines where places.count < count {
            let room = count - places.count
            var found: [Place] = []
            for queue in line { found += try next(room, of: queue, without: strangers) }
            if line.count > 1 { found.sort() }
            places += found.prefix(room)
        }
        return places
    }

    private func next(_ count: Int, of queue: Int64, without strangers: Set<Int64>) throws -> [Place] {
        if !strangers.isEmpty, hasKinds { return try nextByKind(count, of: queue, without: strangers) }
        var passedOver = 0
        let statement = try self.statement(.nextReady)
        statement.bind(1, queue)
        defer { statement.reset() }
        var places: [Place] = []
        while places.count < count, try statement.step() {
            if !unreadable.isEmpty, unreadable.contains(statement.int64(0)) { continue }
            if !strangers.isEmpty, strangers.contains(statement.int64(4)) {
                passedOver += 1
                if passedOver < Self.mostPassedOver { continue }
                statement.reset()
                try makeKinds()
                return try nextByKind(count, of: queue, without: strangers)
            }
            places.append(
                Place(
                    seq: statement.int64(0), rank: statement.int64(1), due: statement.int64(2), id: try statement.id(3))
            )
        }
        return places
    }

    /// The same where the strangers are many: the kinds that are not strange are asked for one by one.
    private func nextByKind(_ count: Int, of queue: Int64, without strangers: Set<Int64>) throws -> [Place] {
        var places: [Place] = []
        var kind = Int64.min
        let nextKind = try statement(.nextKind)
        let nextOfKind = try statement(.nextOfKind)
        nextKind.bind(1, queue)
        nextOfKind.bind(1, queue)
        nextOfKind.bind(3, count + unreadable.count)
        while true {
            nextKind.bind(2, kind)
            guard let found = try nextKind.first({ $0.int64(0) }) else { break }
            kind = found
            if strangers.contains(kind) { continue }
            nextOfKind.bind(2, kind)
            places += try nextOfKind.rows { row in
                Place(seq: row.int64(0), rank: row.int64(1), due: row.int64(2), id: try row.id(3))
            }
        }
        return Array(places.filter { !unreadable.contains($0.seq) }.sorted().prefix(count))
    }

    private func makeKinds() throws {
        try Prepared(
            db,
            "CREATE INDEX IF NOT EXISTS nightjar_jobs_kinds ON nightjar_jobs (queue, spec, rank, due_at, id) WHERE state = 2"
        ).run()
        hasKinds = true
    }

    /// Gives the index by kind up once so few jobs are due that nobody could have to pass over many.
    func dropKinds() throws {
        let isThere =
            try Prepared(db, "SELECT 1 FROM sqlite_master WHERE name = 'nightjar_jobs_kinds'")
            .first { _ in true } ?? false
        guard isThere else { return hasKinds = false }
        let few = "SELECT count(*) FROM (SELECT 1 FROM nightjar_jobs WHERE state = 2 LIMIT \(Self.mostPassedOver))"
        guard try Prepared(db, few).first({ $0.int(0) }) ?? 0 < Self.mostPassedOver else { return }
        try Prepared(db, "DROP INDEX IF EXISTS nightjar_jobs_kinds").run()
        hasKinds = false
    }

    /// Takes a job, or ends it if it is no longer worth starting.
    private func take(_ place: Place, _ request: ClaimRequest, _ worker: Int64) throws -> ClaimedJob? {
        let seq = place.seq
        let load = try statement(.load)
        load.bind(1, seq)
        defer { load.reset() }
        guard try load.step() else { throw SQLiteFailure.corrupt("an index names a job that is not there") }
        let id = try load.id(0)
        if let expiry = load.momentIfAny(6), expiry <= now {
            let failure = JobFailure(
                type: "Expired", message: "was not started before it expired", attempt: load.int(2), at: now)
            load.reset()
            try end(seq, .cancelled, failure)
            news.change(id)
            return nil
        }
        let due = Timestamp(microseconds: place.due)
        if due > now, due > load.moment(5) {
            // It joined the line while the clock was ahead. What had no delay was due in any case.
            let isRetry = load.int(2) > 0
            load.reset()
            try wait(seq, isRetry ? .retrying : .scheduled, until: due, isCounted: true)
            return nil
        }
        let spec = try spec(load.int64(1), extra: load.text(7))
        if spec.version == Catalog.unreadable { unreadable.insert(seq) }
        let job = ClaimedJob(
            id: id, spec: spec, payload: .encoded(load.bytes(8) ?? []),
            context: load.bytes(9).map { .encoded($0) } ?? .none, attempt: load.int(2) + 1, crashes: load.int(3),
            lease: load.int64(4) + 1, createdAt: load.moment(5),
            dueAt: due, claimedAt: now)
        load.reset()

        let claim = try statement(.claim)
        claim.bind(1, seq)
        claim.bind(2, now + request.lease)
        claim.bind(3, request.lease.microseconds)
        claim.bind(4, worker)
        claim.bind(5, now)
        try claim.run()
        news.change(id)
        return job
    }
}
