// Jobs in a SQLite file: they survive the process and the machine's restart, and are shared by every process on it.
//
//     background ──► Writer (one at a time, one transaction for all that is waiting) ──► file
//     questions  ──► readers (each from one state of the file, beside the writer)
//     news       ──► this process's subscribers, and every other process's (Membership)
//
// Whatever fails says so in a sentence; what was acknowledged is committed.

import GRDB
public import NightjarJobs
import Synchronization

/// Keeps jobs in a SQLite database on this machine.
///
/// ```swift
/// let queue = JobQueue(backend: SQLiteBackend(path: "nightjar.sqlite"))
/// ```
/// The file may be one of its own, or the app's; in the app's, jobs can be part of the app's transactions, see
/// ``NightjarJobs/JobQueue/enqueue(_:in:delay:at:options:)``. It must be on a disk of this machine: several processes share
/// it through memory, which no network file system offers.
public final class SQLiteBackend: JobBackend {
    /// Survives the process and the machine's restart; keeps bytes.
    public let traits = BackendTraits(name: "database", durability: .disk)
    /// The clock it was made with.
    public let clock: JobClock
    /// Where the file is.
    public let path: String

    private struct Opened: Sendable {
        var pool: DatabasePool
        var writer: Writer
        var membership: Membership
    }

    let options: SQLiteOptions
    private let catalog = Catalog()
    private let opened = Mutex<Opened?>(nil)
    /// What this process has asked to hold on to and has no answer for.
    private let unheard = Mutex<[JobID: Renewal]>([:])
    private let subscribers = Mutex<[@Sendable (BackendNews) -> Void]>([])

    /// A backend; nothing is touched before ``open()``.
    /// - Parameters:
    ///   - path: The file; it and its folder are made if they are not there, for this user only.
    ///   - options: How it is used.
    ///   - clock: Whose time it is.
    public init(path: String, options: SQLiteOptions = SQLiteOptions(), clock: JobClock = .system) {
        self.path = path
        self.options = options
        self.clock = clock
    }

    // MARK: - Opening and closing

    /// Makes the file ready, its tables included, and joins the processes that share it.
    /// - Throws: ``SQLiteError``, for instance if the file belongs to a newer release.
    public func open() async throws {
        if opened.withLock({ $0 != nil }) { return }
        let file = DatabaseFile(path: path, options: options)
        // The membership tells the writer's news, and the writer starts before there is anybody to tell.
        let pool = try await onThread { try file.open() }
        do {
            let membership = try Membership(database: file.realPath, safetyInterval: options.safetyInterval) {
                [weak self] news in
                self?.announce(news)
            }
            let tell: @Sendable ([BackendNews]) -> Void = { [weak self] news in
                self?.announce(news)
                membership.tell(news)
            }
            let sync = options.synchronous == .full ? try LogSync(path: file.realPath, tell: tell) : nil
            let writer = Writer(
                pool, path: path, clock: clock, catalog: catalog, limit: options.limit, patience: options.busyTimeout,
                sync: sync, tell: tell)
            if let sync { try startThread("nightjar-sync") { sync.serve() } }
            try startThread("nightjar-store") { writer.serve() }
            try await membership.start()
            opened.withLock { $0 = Opened(pool: pool, writer: writer, membership: membership) }
        } catch {
            try? pool.close()
            throw sentence(error, path)
        }
    }

    /// Finishes what was asked for and lets go of the file. Jobs that this process still holds are free at once.
    public func close() async {
        guard
            let opened = opened.withLock({ opened in
                defer { opened = nil }
                return opened
            })
        else { return }
        opened.writer.close()
        await opened.writer.ended()
        opened.membership.leave()
        // The last one to leave moves what is in the write-ahead log to the file, which takes a while and may fail.
        // The pool would close the connections that only read last, and those cannot.
        try? await onThread {
            opened.pool.invalidateReadOnlyConnections()
            try opened.pool.close()
        }
    }

    private func use() throws -> Opened {
        guard let opened = opened.withLock({ $0 }) else { throw SQLiteError.closed(path: path) }
        return opened
    }

    private func write<Value: Sendable>(
        for asker: Writer.Asker = .patient, _ work: @escaping @Sendable (Session) throws -> Value
    ) async throws -> Value {
        try await use().writer.write(for: asker, work)
    }

    private func read<Value: Sendable>(_ work: @escaping @Sendable (RecordReader) throws -> Value) async throws -> Value
    {
        let (catalog, now) = (catalog, clock.now)
        do {
            return try await use().pool.read { db in try work(RecordReader(db: db, catalog: catalog, now: now)) }
        } catch { throw sentence(error, path) }
    }

    // MARK: - Jobs

    /// Stores new jobs.
    public func insert(_ jobs: [NewJob]) async throws -> [Insertion] {
        jobs.isEmpty ? [] : try await write(for: .page(jobs.count)) { try $0.insert(jobs) }
    }

    /// Hands out due jobs.
    public func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] {
        let member = try use().membership.member
        return try await write(for: .claim(request.limit)) { try $0.claim(request, member: member) }
    }

    /// Writes down what became of attempts.
    public func settle(_ settlements: [Settlement]) async throws -> [Bool] {
        settlements.isEmpty ? [] : try await write(for: .worker(settlements.count)) { try $0.settle(settlements) }
    }

    /// Prolongs leases and stores progress.
    public func renew(_ renewals: [Renewal]) async throws -> [LeaseState] {
        guard !renewals.isEmpty else { return [] }
        unheard.withLock { unheard in for renewal in renewals { unheard[renewal.id] = renewal } }
        let answers = try await write(for: .worker(renewals.count)) { try $0.renew(renewals) }
        unheard.withLock { unheard in
            for renewal in renewals where unheard[renewal.id]?.lease == renewal.lease { unheard[renewal.id] = nil }
        }
        return answers
    }

    /// Takes back jobs of processes that died, and jobs whose lease ran out.
    ///
    /// A process that lives may have been kept from renewing, by whoever held the database: what this one has asked for in
    /// vain is renewed first, and another's lease counts as run out only if it is still not renewed half a lease later.
    public func rescue() async throws -> [JobRecord] {
        let membership = try use().membership
        let unheard = unheard.withLock { unheard in
            defer { unheard = [:] }
            return unheard.values.map { Renewal(id: $0.id, lease: $0.lease, duration: $0.duration) }
        }
        return try await write { session in
            _ = try session.renew(unheard)
            let lost = try session.rescue(for: membership.member, isAlive: membership.isAlive)
            guard !lost.isEmpty else { return [] }
            return try RecordReader(db: session.db, catalog: session.catalog, now: session.now).records(lost).compactMap
            { $0 }
        }
    }

    /// When the next waiting job falls due, whatever its queue.
    public func nextDue(in queues: QueueSelection) async throws -> Timestamp? { try await read { try $0.nextDue() } }

    /// Calls jobs off.
    public func cancel(_ ids: [JobID]) async throws -> [JobID] { try await write { try $0.cancel(ids) } }

    /// Gives waiting jobs another due time.
    public func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await write { try $0.reschedule(ids, at: due) }
    }

    /// Brings ended jobs back.
    public func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await write { try $0.requeue(ids, at: due) }
    }

    /// Removes jobs that are not running.
    public func delete(_ ids: [JobID]) async throws -> [JobID] { try await write { try $0.delete(ids) } }

    /// Stops or resumes a queue.
    public func setPaused(_ paused: Bool, queue: String) async throws {
        try await write { try $0.setPaused(paused, queue: queue) }
    }

    /// Moves a schedule on.
    public func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer {
        try await write { try $0.move(schedule) }
    }

    /// How far schedules have come.
    public func schedules() async throws -> [ScheduleRecord] { try await read { try $0.schedules() } }

    /// Stops or resumes a schedule.
    public func setPaused(_ paused: Bool, schedule: String) async throws {
        try await write { try $0.setPaused(paused, schedule: schedule) }
    }

    /// Removes what has been kept long enough, 500 jobs in a transaction, and gives the space back.
    public func prune(_ retention: Retention) async throws -> Int {
        let batch = 500
        var removed = 0
        while true {
            let count = try await write { try $0.prune(retention, atMost: batch) }
            removed += count
            if count < batch { break }
        }
        try await forgetWorkers(startedBefore: clock.now - retention.failed - retention.completed)
        try await write { try $0.dropKinds() }
        while try await write({ try $0.shrink() }) {}
        return removed
    }

    private func forgetWorkers(startedBefore moment: Timestamp) async throws {
        let membership = try use().membership
        for worker in try await read({ try $0.workers() })
        where worker.startedAt < moment && !membership.isAlive(worker.member) {
            try await write { try $0.forgetWorker(worker.name, member: worker.member) }
        }
    }

    // MARK: - Views

    /// The jobs with these ids.
    public func records(_ ids: [JobID]) async throws -> [JobRecord?] { try await read { try $0.records(ids) } }

    /// Jobs that match a filter.
    public func list(_ filter: JobFilter) async throws -> [JobRecord] { try await read { try $0.list(filter) } }

    /// What is in every queue.
    public func counts() async throws -> [QueueCounts] { try await read { try $0.counts() } }

    /// Who runs jobs of this database, on this machine, now.
    public func workers() async throws -> [WorkerRecord] {
        let membership = try use().membership
        return try await read { try $0.workers() }.compactMap { worker in
            guard membership.isAlive(worker.member) else { return nil }
            return WorkerRecord(name: worker.name, startedAt: worker.startedAt, running: worker.running)
        }
    }

    /// Registers for news.
    public func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void) {
        subscribers.withLock { $0.append(subscriber) }
    }

    /// Tells subscribers and the other processes what the app's own connection has committed. The writer's thread does it,
    /// because the app's must neither wait for subscribers nor be ended by a peer's broken pipe.
    func tellEverybody(_ news: NewsDraft) { opened.withLock { $0?.writer }?.put(.announcement(news)) }

    private func announce(_ news: [BackendNews]) {
        let listeners = subscribers.withLock { $0 }
        for item in news { for listener in listeners { listener(item) } }
    }
}
