import NightjarJobs
import NightjarTesting
import Testing

@Suite("MemoryBackend", .timeLimit(.minutes(2)))
struct MemoryConformanceTests {
    static let suite = BackendConformance(
        make: { MemoryBackend(clock: $0) },
        makeLimited: { MemoryBackend(limit: $1, clock: $0) })

    // NORI-B12, ASOK-X6, NUVOM-21, NUVOM-25
    @Test("keeps the contract of a backend", arguments: suite.checks)
    func conforms(check: BackendConformance.Check) async throws { try await check.run() }
}

@Suite("A backend that stores bytes", .timeLimit(.minutes(2)))
struct EncodedConformanceTests {
    static let suite = BackendConformance { WrappedBackend(MemoryBackend(clock: $0)) }

    @Test("passes the same suite", arguments: suite.checks)
    func conforms(check: BackendConformance.Check) async throws { try await check.run() }
}

@Suite("The conformance suite", .timeLimit(.minutes(2)))
struct SuiteTests {
    @Test("finds out a backend that breaks its promises")
    func brokenBackend() async {
        let failures = await BackendConformance { ForgetfulBackend(clock: $0) }.run()
        #expect(failures.count > 5)
        #expect(failures.contains { $0.check.name.contains("late finisher") })
        #expect(failures.contains { $0.check.name.contains("random operations") })
        #expect(failures.allSatisfy { $0.error is ConformanceFailure })
    }
}

/// Believes everybody who settles: it looks up the lease that counts and pretends it was named.
private final class ForgetfulBackend: JobBackend {
    private let inner: MemoryBackend
    let traits = BackendTraits(name: "forgetful", durability: .process, keepsValues: true)
    var clock: JobClock { inner.clock }

    init(clock: JobClock) { inner = MemoryBackend(clock: clock) }

    func settle(_ settlements: [Settlement]) async throws -> [Bool] {
        var answers: [Bool] = []
        for var settlement in settlements {
            settlement.lease = try await inner.records([settlement.id]).first??.lease ?? settlement.lease
            answers += try await inner.settle([settlement])
        }
        return answers
    }

    func open() async throws {}
    func close() async {}
    func insert(_ jobs: [NewJob]) async throws -> [Insertion] { try await inner.insert(jobs) }
    func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] { try await inner.claim(request) }
    func renew(_ renewals: [Renewal]) async throws -> [LeaseState] {
        _ = try await inner.renew(renewals)
        return renewals.map { _ in .held }
    }
    func rescue() async throws -> [JobRecord] { try await inner.rescue() }
    func nextDue(in queues: QueueSelection) async throws -> Timestamp? { clock.now }
    func cancel(_ ids: [JobID]) async throws -> [JobID] { try await inner.cancel(ids) }
    func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await inner.reschedule(ids, at: due)
    }
    func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] { try await inner.requeue(ids, at: due) }
    func delete(_ ids: [JobID]) async throws -> [JobID] { try await inner.delete(ids) }
    func setPaused(_ paused: Bool, queue: String) async throws { try await inner.setPaused(paused, queue: queue) }
    func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer { try await inner.move(schedule) }
    func schedules() async throws -> [ScheduleRecord] { try await inner.schedules() }
    func setPaused(_ paused: Bool, schedule: String) async throws {
        try await inner.setPaused(paused, schedule: schedule)
    }
    func prune(_ retention: Retention) async throws -> Int { try await inner.prune(retention) }
    func records(_ ids: [JobID]) async throws -> [JobRecord?] { try await inner.records(ids) }
    func list(_ filter: JobFilter) async throws -> [JobRecord] { try await inner.list(filter) }
    func counts() async throws -> [QueueCounts] { try await inner.counts() }
    func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void) { inner.subscribe(subscriber) }
}
