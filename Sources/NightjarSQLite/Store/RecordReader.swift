// Questions about jobs, answered from one state of the file. Writes nothing, so any connection will do.

import GRDB
import NightjarJobs

struct RecordReader {
    let db: Database
    let catalog: Catalog
    let now: Timestamp

    private static let columns = """
        seq, id, state, spec, due_at, created_at, attempt, crashes, lease, started_at, finished_at, progress, progress_note,
        parent, extra, output, payload, context, (SELECT name FROM nightjar_workers AS w WHERE w.id = nightjar_jobs.worker),
        request
        """

    /// The jobs with these ids, in the same order.
    func records(_ ids: [JobID]) throws -> [JobRecord?] {
        let find = try Prepared(kept: db, "SELECT \(Self.columns) FROM nightjar_jobs WHERE id = ?1")
        return try ids.map { id in
            find.bind(1, id)
            return try find.first(record)
        }
    }

    /// Jobs that match a filter.
    func list(_ filter: JobFilter) throws -> [JobRecord] {
        let query = ListQuery(filter, now: now)
        let find = try Prepared(db, Self.select(query))
        query.bind(find)
        return try find.rows(record)
    }

    static func select(_ query: ListQuery) -> String { "SELECT \(columns) FROM nightjar_jobs \(query.clauses)" }

    /// When the next job that waits for its time falls due.
    func nextDue() throws -> Timestamp? {
        try Prepared(kept: db, "SELECT min(due_at) FROM nightjar_jobs WHERE state < 2").first { $0.momentIfAny(0) }
            ?? nil
    }

    /// What is in every queue. Reads indexes only, and of those all that is in them.
    func counts() throws -> [QueueCounts] {
        var all: [Int64: QueueCounts] = [:]
        for queue in try Prepared(kept: db, "SELECT id, name, paused FROM nightjar_queues").rows({ row in
            (id: row.int64(0), counts: QueueCounts(queue: row.text(1) ?? "", jobs: [:], isPaused: row.int(2) != 0))
        }) {
            all[queue.id] = queue.counts
        }
        let tallies = try Prepared(
            kept: db,
            """
            SELECT queue, 2, ?1, count(*) FROM nightjar_jobs WHERE state = 2 GROUP BY queue
            UNION ALL
            SELECT queue, state, due_at > ?1, count(*) FROM nightjar_jobs WHERE state < 2 GROUP BY 1, 2, 3
            UNION ALL
            SELECT queue, 3, ?1, count(*) FROM nightjar_jobs WHERE state = 3 GROUP BY queue
            UNION ALL
            SELECT queue, state, ?1, count(*) FROM nightjar_jobs WHERE state > 3 GROUP BY state, queue
            """)
        tallies.bind(1, now)
        for tally in try tallies.rows({ row in
            (queue: row.int64(0), state: row.int64(1), isLater: row.int64(2) != 0, count: row.int(3))
        }) {
            let stored = StoredState(rawValue: tally.state) ?? .failed
            let state = stored.state(due: now + .microseconds(tally.isLater ? 1 : 0), now: now)
            all[tally.queue]?.jobs[state, default: 0] += tally.count
        }
        return all.values.sorted { $0.queue < $1.queue }
    }

    /// Who has claimed jobs, by name.
    func workers() throws -> [(name: String, member: String, startedAt: Timestamp, running: Int)] {
        try Prepared(
            kept: db,
            """
            SELECT name, member, started_at,
                (SELECT count(*) FROM nightjar_jobs AS j WHERE j.state = 3 AND j.worker = w.id)
            FROM nightjar_workers AS w ORDER BY started_at, name
            """
        ).rows { ($0.text(0) ?? "", $0.text(1) ?? "", $0.moment(2), $0.int(3)) }
    }

    /// How far schedules have come.
    func schedules() throws -> [ScheduleRecord] {
        try Prepared(
            kept: db, "SELECT name, position, last_firing, last_job, paused FROM nightjar_schedules ORDER BY name"
        ).rows { row in
            ScheduleRecord(
                name: row.text(0) ?? "", position: row.moment(1), lastFiring: row.momentIfAny(2),
                lastJob: row.idIfAny(3), isPaused: row.int(4) != 0)
        }
    }

    // MARK: - Rows

    private func record(_ row: borrowing Prepared) throws -> JobRecord {
        let spec = try catalog.spec(row.int64(3), extra: row.text(14)) { id in
            let load = try Prepared(kept: db, "SELECT spec, name FROM nightjar_specs WHERE id = ?1")
            load.bind(1, id)
            return try load.first { ($0.text(1) ?? "", $0.text(0) ?? "") }
        }
        let state = StoredState(rawValue: row.int64(2)) ?? .failed
        let output = spec.storesResult ? row.bytes(15).map { JobOutput.encoded($0) } : nil
        return JobRecord(
            id: try row.id(1), spec: spec, state: state.state(due: row.moment(4), now: now), attempt: row.int(6),
            crashes: row.int(7), lease: row.int64(8), parent: row.idIfAny(13), requestID: row.text(19),
            createdAt: row.moment(5), dueAt: row.moment(4), startedAt: row.momentIfAny(9),
            finishedAt: row.momentIfAny(10), worker: row.text(18),
            progress: row.isNull(11) ? nil : JobProgress(fraction: row.double(11), message: row.text(12)),
            failures: try failures(row.int64(0)), output: output ?? .none, payload: row.bytes(16).map { .encoded($0) },
            context: row.bytes(17).map { .encoded($0) } ?? .none)
    }

    private func failures(_ seq: Int64) throws -> [JobFailure] {
        let find = try Prepared(
            kept: db, "SELECT type, message, attempt, at, worker FROM nightjar_failures WHERE job = ?1 ORDER BY number")
        find.bind(1, seq)
        return try find.rows { row in
            JobFailure(
                type: row.text(0) ?? "", message: row.text(1) ?? "", attempt: row.int(2), at: row.moment(3),
                worker: row.text(4))
        }
    }
}

/// The SQL that a filter comes to.
struct ListQuery {
    private let filter: JobFilter
    private let now: Timestamp

    init(_ filter: JobFilter, now: Timestamp) {
        self.filter = filter
        self.now = now
    }

    private var isBehind: Bool { filter.after != nil && filter.order != .next }

    /// Going through all jobs by id finds the latest ones soon, unless what is looked for is rare. From one page to the next
    /// it is the only way that does not begin anew.
    private var isRare: Bool {
        !filter.states.isEmpty && filter.states.isSubset(of: [.running, .failed, .cancelled]) && !isBehind
    }

    var clauses: String {
        var conditions: [String] = []
        if !filter.states.isEmpty {
            conditions.append("(" + filter.states.map(condition).sorted().joined(separator: " OR ") + ")")
        }
        if filter.queue != nil { conditions.append("queue = (SELECT id FROM nightjar_queues WHERE name = ?2)") }
        if filter.name != nil { conditions.append("spec IN (SELECT id FROM nightjar_specs WHERE name = ?3)") }
        if filter.tag != nil {
            conditions.append("extra IS NOT NULL AND ?4 IN (SELECT value FROM json_each(extra, '$.tags'))")
        }
        if filter.requestID != nil { conditions.append("request = ?8") }
        if filter.createdBefore != nil { conditions.append("created_at < ?5") }
        if filter.createdAfter != nil { conditions.append("created_at >= ?9") }
        if isBehind { conditions.append(filter.order == .oldest ? "id > ?10" : "id < ?10") }
        let id = isRare ? "+id" : "id"
        let order =
            switch filter.order {
            case .newest: "\(id) DESC"
            case .oldest: id
            case .next: "rank, due_at, id"
            }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return "\(condition) ORDER BY \(order) LIMIT ?6 OFFSET ?7"
    }

    func bind(_ statement: Prepared) {
        statement.bind(6, max(0, filter.limit))
        statement.bind(7, max(0, filter.offset))
        if !filter.states.isEmpty { statement.bind(1, now) }
        if let queue = filter.queue { statement.bind(2, queue) }
        if let name = filter.name { statement.bind(3, name) }
        if let tag = filter.tag { statement.bind(4, tag) }
        if let request = filter.requestID { statement.bind(8, request) }
        if let moment = filter.createdBefore { statement.bind(5, moment) }
        if let moment = filter.createdAfter { statement.bind(9, moment) }
        if isBehind, let id = filter.after { statement.bind(10, id) }
    }

    private func condition(_ state: JobState) -> String {
        // With a sign before it SQLite uses no index for a column, and goes on by id.
        let column = isBehind ? "+state" : "state"
        return switch state {
        case .pending: "\(column) = 2 OR (\(column) < 2 AND due_at <= ?1)"
        case .scheduled: "(\(column) = 0 AND due_at > ?1)"
        case .retrying: "(\(column) = 1 AND due_at > ?1)"
        case .running: "\(column) = 3"
        // Without what the index of ended jobs asks for: it would be read as a whole to find the latest.
        case .completed: "\(column) = 4"
        case .cancelled: "(\(column) > 3 AND \(column) = 5)"
        case .failed: "(\(column) > 3 AND \(column) = 6)"
        }
    }
}
