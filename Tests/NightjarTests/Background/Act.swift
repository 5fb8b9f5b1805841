// What the tests of background work share: a job that does what its test says, one-line requests, and backends that are
// small, keep bytes, or tell a time of their own.

import NightjarTesting
import Synchronization

@testable import Nightjar

/// A job whose code is a closure of its test. The job itself is a value with a number, as jobs are; the closure is found
/// by it, so that it also works after the value has been encoded and decoded.
struct Act: Job {
    typealias Code = @Sendable (JobContext) async throws -> String

    static let options = JobOptions(retry: .never)
    private static let codes = Mutex<[Int: Code]>([:])

    let number: Int

    init(_ code: @escaping Code) {
        number = Self.codes.withLock { codes in
            codes[codes.count] = code
            return codes.count - 1
        }
    }

    func run(_ context: JobContext) async throws -> String {
        guard let code = Self.codes.withLock({ $0[number] }) else { throw Discard(reason: "There is no such act.") }
        return try await code(context)
    }
}

/// An error with something in it that visitors must not see.
struct Boom: Error, CustomStringConvertible {
    var description: String { "the password is swordfish" }
}

/// Asks once, on a connection of its own.
func ask(
    _ port: Int, _ path: String, method: String = "GET", headers: [String: String] = [:], body: String? = nil
) async throws -> RawResponse {
    let client = try await RawClient.connect(port: port)
    try await client.request(method, path, headers: headers, body: body)
    let response = try await client.response(toHEAD: method == "HEAD")
    await client.close()
    return response
}

extension BackendFactory {
    /// Jobs in memory, few of them.
    static func small(_ limit: Int) -> BackendFactory {
        BackendFactory(name: "test") { _, _ in MemoryBackend(limit: limit) }
    }

    /// Jobs in memory, at a time that the test tells.
    static func timed(_ clock: ManualClock) -> BackendFactory {
        BackendFactory(name: "test") { _, _ in MemoryBackend(clock: clock.jobClock) }
    }

    /// Jobs as bytes, as a database keeps them.
    static func stored(_ backend: StoringBackend) -> BackendFactory {
        BackendFactory(name: "test") { _, _ in backend }
    }
}

extension AppConfiguration {
    /// Asks for the backend a test brings along.
    static var testBackend: AppConfiguration {
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "test"
        return configuration
    }
}

/// A backend that gets jobs, contexts and results as bytes, and that a test can break.
final class StoringBackend: JobBackend {
    let traits = BackendTraits(name: "storing", durability: .disk)
    private let memory: MemoryBackend
    private let insertsAllowed = Atomic<Int>(.max)
    private let door = Mutex<NightjarTesting.Gate?>(nil)

    init(clock: JobClock = .system) { memory = MemoryBackend(clock: clock) }

    struct DiskFull: Error {}

    /// Stores so many more jobs, and then no more.
    func breakAfter(_ inserts: Int) { insertsAllowed.store(inserts, ordering: .relaxed) }

    /// Stores nothing until the door is opened.
    func hold(_ door: NightjarTesting.Gate) { self.door.withLock { $0 = door } }

    var clock: JobClock { memory.clock }
    func open() async throws {}
    func close() async {}
    func insert(_ jobs: [NewJob]) async throws -> [Insertion] {
        try await door.withLock { $0 }?.pass()
        guard insertsAllowed.subtract(1, ordering: .relaxed).newValue >= 0 else { throw DiskFull() }
        return try await memory.insert(jobs)
    }
    func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] { try await memory.claim(request) }
    func settle(_ settlements: [Settlement]) async throws -> [Bool] { try await memory.settle(settlements) }
    func renew(_ renewals: [Renewal]) async throws -> [LeaseState] { try await memory.renew(renewals) }
    func rescue() async throws -> [JobRecord] { try await memory.rescue() }
    func nextDue(in queues: QueueSelection) async throws -> Timestamp? { try await memory.nextDue(in: queues) }
    func cancel(_ ids: [JobID]) async throws -> [JobID] { try await memory.cancel(ids) }
    func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await memory.reschedule(ids, at: due)
    }
    func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] { try await memory.requeue(ids, at: due) }
    func delete(_ ids: [JobID]) async throws -> [JobID] { try await memory.delete(ids) }
    func setPaused(_ paused: Bool, queue: String) async throws { try await memory.setPaused(paused, queue: queue) }
    func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer { try await memory.move(schedule) }
    func schedules() async throws -> [ScheduleRecord] { try await memory.schedules() }
    func setPaused(_ paused: Bool, schedule: String) async throws {
        try await memory.setPaused(paused, schedule: schedule)
    }
    func prune(_ retention: Retention) async throws -> Int { try await memory.prune(retention) }
    func records(_ ids: [JobID]) async throws -> [JobRecord?] { try await memory.records(ids) }
    func list(_ filter: JobFilter) async throws -> [JobRecord] { try await memory.list(filter) }
    func counts() async throws -> [QueueCounts] { try await memory.counts() }
    func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void) { memory.subscribe(subscriber) }
}
