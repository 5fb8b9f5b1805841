// One connection at work: the statements it has prepared, the time of the transaction it is in, and what will have to be
// told when that is committed. Made by the writer on its thread and never seen elsewhere; a transactional enqueue makes
// one for the app's connection, for the length of a call.
//
// The steps of a job's life are in the extensions beside this file. None begins or ends a transaction.

import GRDB
import NightjarJobs

final class Session {
    let db: Database
    let catalog: Catalog
    let limit: Int?
    /// How many transactions it has begun.
    var transactions = 0
    /// The store's time in this transaction.
    var now = Timestamp(microseconds: 0)
    /// How the wall clock was set, as far as the writer has seen it.
    var history: ClockHistory?
    var news = NewsDraft()
    /// Whether due jobs have an index by kind, as far as is known.
    var hasKinds = false

    /// Jobs whose specification this program does not understand, and that were handed out to be told so: they are not again.
    var unreadable: Set<Int64> = []
    /// Leases of processes that live, seen to have run out when others were last rescued.
    var lateRenewals: [Int64: LateRenewal] = [:]

    /// A lease that ran out, and since when that is known.
    struct LateRenewal {
        let until: Timestamp
        let since: Duration
    }

    private var statements = [Prepared?](repeating: nil, count: Query.allCases.count)
    private var placements: [ObjectIdentifier: Placement] = [:]

    /// Where a specification is stored. Holds the specification, so that its identity is not given to another.
    struct Placement {
        let owner: JobSpec
        let spec: Int64
        let queue: Int64
        let extra: String?
        let key: [UInt8]?
        /// A bit for each state in which the key is held.
        let holds: Int?
    }

    init(_ db: Database, catalog: Catalog, limit: Int? = nil) {
        self.db = db
        self.catalog = catalog
        self.limit = limit
    }

    /// The time of what is done next.
    func look(at clock: JobClock) {
        let (now, uptime) = clock.both
        self.now = now
        if history == nil { history = ClockHistory(now: now, uptime: uptime) }
        history?.note(now: now, uptime: uptime)
    }

    func statement(_ query: Query) throws -> Prepared {
        if let known = statements[query.rawValue] { return known }
        let new = try Prepared(db, query.sql)
        statements[query.rawValue] = new
        return new
    }

    /// What was given out in a transaction that is rolled back is not to be found again.
    func forget() {
        placements = [:]
        hasKinds = false
        catalog.forget()
    }

    /// How many rows this connection has changed since it was opened.
    var changeCount: Int { db.totalChangesCount }

    // MARK: - Small tables

    func placement(of spec: JobSpec) throws -> Placement {
        if let known = placements[ObjectIdentifier(spec)] { return known }
        let (id, extra) = try store(spec)
        let placement = Placement(
            owner: spec, spec: id, queue: try queueID(spec.queue), extra: extra,
            key: spec.unique.map { Self.key(spec, $0) },
            holds: spec.unique.map { $0.states.reduce(0) { $0 | 1 << StoredState($1).rawValue } })
        // Specifications of single calls come and go; those of types are soon back.
        if placements.count >= 256 { placements = [:] }
        placements[ObjectIdentifier(spec)] = placement
        return placement
    }

    static func key(_ spec: JobSpec, _ unique: UniquePolicy) -> [UInt8] {
        Array("\(spec.name)\u{0}\(unique.key)".utf8)
    }

    func spec(_ id: Int64, extra: String?) throws -> JobSpec {
        try catalog.spec(id, extra: extra) { id in
            let statement = try self.statement(.loadSpec)
            statement.bind(1, id)
            return try statement.first { ($0.text(1) ?? "", $0.text(0) ?? "") }
        }
    }

    private func store(_ spec: JobSpec) throws -> (id: Int64, extra: String?) {
        let stored = StoredSpec(spec)
        let json = try StoredJSON.encode(stored)
        let extra = StoredExtra(spec)
        if let id = try specID(json, name: spec.name, isShared: true) {
            return (id, try extra.map(StoredJSON.encode))
        }
        let plain = try StoredJSON.encode(StoredSpec(JobSpec(name: spec.name, version: spec.version)))
        guard let id = try specID(plain, name: spec.name, isShared: false) else {
            throw SQLiteFailure.corrupt("a specification was not stored")
        }
        return (id, try StoredExtra(spec, whole: stored).map(StoredJSON.encode))
    }

    /// - Parameter isShared: Whether it is added only if there is room for it.
    private func specID(_ json: String, name: String, isShared: Bool) throws -> Int64? {
        if let id = catalog.specID(json) { return id }
        let find = try statement(.findSpec)
        find.bind(1, json)
        var id = try find.first { $0.int64(0) }
        if id == nil, try !isShared || hasRoomForSpecs {
            let insert = try statement(.addSpec)
            insert.bind(1, name)
            insert.bind(2, json)
            id = try insert.rows { $0.int64(0) }.first
        }
        if let id { catalog.noteSpec(json, id) }
        return id
    }

    private var hasRoomForSpecs: Bool {
        get throws {
            guard !catalog.isFull else { return false }
            let hasRoom = try statement(.countSpecs).first { $0.int(0) } ?? 0 < Catalog.sharedSpecs
            if !hasRoom { catalog.noteFull() }
            return hasRoom
        }
    }

    func queueID(_ name: String) throws -> Int64 {
        if let id = catalog.queueID(name) { return id }
        let find = try statement(.findQueue)
        find.bind(1, name)
        let id = try find.first { $0.int64(0) } ?? add(.addQueue) { $0.bind(1, name) }
        catalog.noteQueue(name, id)
        return id
    }

    func workerID(_ name: String, member: String) throws -> Int64 {
        if let id = catalog.workerID(name) { return id }
        let find = try statement(.findWorker)
        find.bind(1, name)
        find.bind(2, member)
        let id =
            try find.first { $0.int64(0) }
            ?? add(.addWorker) { insert in
                insert.bind(1, name)
                insert.bind(2, member)
                insert.bind(3, now)
            }
        catalog.noteWorker(name, id)
        return id
    }

    private func add(_ query: Query, _ bind: (Prepared) -> Void) throws -> Int64 {
        let insert = try statement(query)
        bind(insert)
        guard let id = try insert.rows({ $0.int64(0) }).first else {
            throw SQLiteFailure.corrupt("a row was stored but has no number")
        }
        return id
    }
}
