// A memory backend in a coat: it can claim to be durable, insist on bytes, and fail on demand.

import NightjarJobs
import NightjarTesting
import Synchronization

/// Passes everything on to a memory backend, after asking the test whether to fail or to wait.
final class WrappedBackend: JobBackend {
    struct Unavailable: Error, CustomStringConvertible {
        var description: String { "the store is away" }
    }

    /// When a fault strikes: before anything has been done, or after it has.
    enum Moment: Sendable { case before, after }

    let inner: MemoryBackend
    let traits: BackendTraits
    var clock: JobClock { inner.clock }
    /// How often each method was called.
    let calls = Mutex<[String: Int]>([:])
    /// How often each job was settled.
    let settlements = Mutex<[JobID: Int]>([:])
    /// Asked at every call; what it throws is thrown, and as long as it waits the call does.
    private let fault: @Sendable (_ method: String, Moment) async throws -> Void

    init(
        _ inner: MemoryBackend = MemoryBackend(), keepsValues: Bool = false,
        fault: @escaping @Sendable (_ method: String, Moment) async throws -> Void = { _, _ in }
    ) {
        self.inner = inner
        self.traits = BackendTraits(name: "wrapped", durability: .disk, keepsValues: keepsValues)
        self.fault = fault
    }

    func count(of method: String) -> Int { calls.withLock { $0[method] ?? 0 } }

    private func pass<Result>(_ method: String, _ body: () async throws -> Result) async throws -> Result {
        calls.withLock { $0[method, default: 0] += 1 }
        try await fault(method, .before)
        let result = try await body()
        try await fault(method, .after)
        return result
    }

    func open() async throws { try await pass("open") { try await inner.open() } }
    func close() async { await inner.close() }
    func insert(_ jobs: [NewJob]) async throws -> [Insertion] {
        try await pass("insert") { try await inner.insert(jobs) }
    }
    func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] {
        try await pass("claim") { try await inner.claim(request) }
    }
    func settle(_ settlements: [Settlement]) async throws -> [Bool] {
        self.settlements.withLock { count in for item in settlements { count[item.id, default: 0] += 1 } }
        return try await pass("settle") { try await inner.settle(settlements) }
    }
    func renew(_ renewals: [Renewal]) async throws -> [LeaseState] {
        try await pass("renew") { try await inner.renew(renewals) }
    }
    func rescue() async throws -> [JobRecord] { try await pass("rescue") { try await inner.rescue() } }
    func nextDue(in queues: QueueSelection) async throws -> Timestamp? {
        try await pass("nextDue") { try await inner.nextDue(in: queues) }
    }
    func cancel(_ ids: [JobID]) async throws -> [JobID] { try await pass("cancel") { try await inner.cancel(ids) } }
    func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await pass("reschedule") { try await inner.reschedule(ids, at: due) }
    }
    func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await pass("requeue") { try await inner.requeue(ids, at: due) }
    }
    func delete(_ ids: [JobID]) async throws -> [JobID] { try await pass("delete") { try await inner.delete(ids) } }
    func setPaused(_ paused: Bool, queue: String) async throws {
        try await pass("setPaused") { try await inner.setPaused(paused, queue: queue) }
    }
    func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer {
        try await pass("move") { try await inner.move(schedule) }
    }
    func schedules() async throws -> [ScheduleRecord] { try await pass("schedules") { try await inner.schedules() } }
    func setPaused(_ paused: Bool, schedule: String) async throws {
        try await pass("setPaused") { try await inner.setPaused(paused, schedule: schedule) }
    }
    func prune(_ retention: Retention) async throws -> Int {
        try await pass("prune") { try await inner.prune(retention) }
    }
    func records(_ ids: [JobID]) async throws -> [JobRecord?] {
        try await pass("records") { try await inner.records(ids) }
    }
    func list(_ filter: JobFilter) async throws -> [JobRecord] {
        try await pass("list") { try await inner.list(filter) }
    }
    func counts() async throws -> [QueueCounts] { try await pass("counts") { try await inner.counts() } }
    func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void) { inner.subscribe(subscriber) }
}
