// An operator at a command line, over jobs that lie in memory and yet are shared: each command gets an app of its own, as
// each would be a process of its own.

import Foundation
import NightjarTesting
import Synchronization

@testable import Nightjar
@testable import NightjarJobs

/// A memory store that calls itself a disk, so that commands do not refuse it.
final class SharedBackend: JobBackend {
    let traits = BackendTraits(name: "shared", durability: .disk)
    let clock: JobClock
    let alive = Mutex<[WorkerRecord]>([])
    private let store: MemoryBackend

    init(clock: JobClock) {
        self.clock = clock
        store = MemoryBackend(clock: clock)
    }

    func open() async throws {}
    func close() async {}
    func insert(_ jobs: [NewJob]) async throws -> [Insertion] { try await store.insert(jobs) }
    func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] { try await store.claim(request) }
    func settle(_ settlements: [Settlement]) async throws -> [Bool] { try await store.settle(settlements) }
    func renew(_ renewals: [Renewal]) async throws -> [LeaseState] { try await store.renew(renewals) }
    func rescue() async throws -> [JobRecord] { try await store.rescue() }
    func nextDue(in queues: QueueSelection) async throws -> Timestamp? { try await store.nextDue(in: queues) }
    func cancel(_ ids: [JobID]) async throws -> [JobID] { try await store.cancel(ids) }
    func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await store.reschedule(ids, at: due)
    }
    func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] { try await store.requeue(ids, at: due) }
    func delete(_ ids: [JobID]) async throws -> [JobID] { try await store.delete(ids) }
    func setPaused(_ paused: Bool, queue: String) async throws { try await store.setPaused(paused, queue: queue) }
    func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer { try await store.move(schedule) }
    func schedules() async throws -> [ScheduleRecord] { try await store.schedules() }
    func setPaused(_ paused: Bool, schedule: String) async throws {
        try await store.setPaused(paused, schedule: schedule)
    }
    func prune(_ retention: Retention) async throws -> Int { try await store.prune(retention) }
    func records(_ ids: [JobID]) async throws -> [JobRecord?] { try await store.records(ids) }
    func list(_ filter: JobFilter) async throws -> [JobRecord] { try await store.list(filter) }
    func counts() async throws -> [QueueCounts] { try await store.counts() }
    func workers() async throws -> [WorkerRecord] { alive.withLock { $0 } }
    func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void) { store.subscribe(subscriber) }
}

/// What a command said and how it ended.
struct Answer: Sendable {
    var code: Int32
    var output: String
    var complaints: String

    /// The answer as JSON.
    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(output.utf8))
    }
}

/// Somebody who types commands.
struct Operator: Sendable {
    let clock = ManualClock()
    let backend: SharedBackend

    init() { backend = SharedBackend(clock: clock.jobClock) }

    var now: Timestamp { clock.now }

    /// Lets time pass.
    func pass(_ duration: Duration) { clock.advance(by: duration) }

    /// Types a command.
    func run(_ arguments: String..., width: Int? = nil) async throws -> Answer {
        try await run(arguments, width: width)
    }

    /// Types a command.
    func run(_ arguments: [String], width: Int? = nil) async throws -> Answer {
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "shared"
        let factory = BackendFactory(name: "shared") { [backend] _, _ in backend }
        return try await Self.run(arguments, width: width, configuration, backends: [factory])
    }

    static func run(
        _ arguments: [String], width: Int? = nil, _ configuration: AppConfiguration,
        plugins: [any Plugin] = [], backends: [BackendFactory] = [], declare: (App) throws -> Void = { _ in }
    ) async throws -> Answer {
        let said = Mutex(Answer(code: 0, output: "", complaints: ""))
        let app = try await App(
            configuration: configuration, plugins: plugins, backends: backends, logger: LogCollector().logger)
        try declare(app)
        let console = Console(
            width: { width },
            write: { line in said.withLock { $0.output += line + "\n" } },
            complain: { line in said.withLock { $0.complaints += line + "\n" } }
        )
        let code = await app.run(arguments: arguments, console: console)
        return said.withLock { said in
            said.code = code
            return said
        }
    }

    // MARK: - Jobs in every state

    /// Puts a job into the queue.
    @discardableResult
    func put(
        _ name: String = "Mail", queue: String = "default", priority: Int = 0, tags: [String] = [],
        request: String? = nil, after delay: Duration = .zero
    ) async throws -> JobID {
        let job = NewJob(
            id: JobID(), spec: JobSpec(name: name, queue: queue, priority: priority, tags: tags),
            payload: .encoded(Array(#"{"to":"ada@example.org"}"#.utf8)), requestID: request, createdAt: clock.now,
            dueAt: clock.now + delay)
        _ = try await backend.insert([job])
        return job.id
    }

    /// Takes the next job of a queue.
    @discardableResult
    func claim(_ queue: String = "default") async throws -> ClaimedJob? {
        try await backend.claim(ClaimRequest(queues: QueueSelection([queue]), limit: 1, worker: "web1:42:x")).first
    }

    /// Puts a job into the queue and lets it end in some way.
    @discardableResult
    func put(
        _ name: String = "Mail", queue: String = "default", ending: (Timestamp) -> Disposition
    ) async throws -> JobID {
        let id = try await put(name, queue: queue)
        guard let job = try await claim(queue) else { return id }
        _ = try await backend.settle([
            Settlement(id: job.id, lease: job.lease, disposition: ending(clock.now))
        ])
        return job.id
    }

    /// Puts a dead letter there.
    @discardableResult
    func putDead(
        _ message: String, name: String = "Mail", queue: String = "default", type: String = "Shop.Refused"
    ) async throws -> JobID {
        try await put(name, queue: queue) { now in
            .failed(JobFailure(type: type, message: message, attempt: 1, at: now, worker: "web1:42:x"))
        }
    }

    func state(_ id: JobID) async throws -> JobState? { try await backend.records([id]).first??.state }
}
