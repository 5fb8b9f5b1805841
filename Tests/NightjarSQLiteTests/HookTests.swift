// Hooks and listeners on jobs that went through the file.

import GRDB
import NightjarJobs
import NightjarSQLite
import NightjarTesting
import Testing

@Suite("Hooks around stored jobs", .timeLimit(.minutes(1)))
struct HookTests {
    struct Ship: Job {
        static let options = JobOptions(retry: .immediate(maxAttempts: 2))
        var order: Int
        func run(_ context: JobContext) async throws -> String {
            guard context.attempt == 2 else { throw CancellationError() }
            return context.metadata["tenant"] ?? "none"
        }
    }

    // AT-15, NUVOM-12, NUVOM-B11
    @Test("are called for every attempt, and what an enqueue hook adds is stored")
    func stored() async throws {
        let store = try await Store()
        let queue = JobQueue(backend: store.backend)
        try queue.register(Ship.self)
        let calls = Recorder<String>()
        queue.use(
            JobMiddleware(
                "test", enqueue: { $0.metadata["tenant"] = "acme" },
                before: { calls.record("before \($0.attempt)") },
                after: { calls.record("after \($0.attempt) \($1)") },
                failed: { job, _ in calls.record("failed \(job.attempt)") }))
        let events = Recorder<(attempt: Int, kind: JobEvent.Kind)>()
        queue.listen("test") { events.record(($0.attempt, $0.kind)) }
        try await withWorkers(queue) {
            let future = try await queue.background(Ship(order: 1))
            #expect(try await future.value(timeout: .seconds(20)) == "acme")
        }
        await queue.close()
        #expect(calls.values == ["before 1", "failed 1", "before 2", "after 2 acme"])
        // An attempt may begin before it is told how the one before it ended.
        let kinds = (0...2).map { attempt in events.values.filter { $0.attempt == attempt }.map(\.kind) }
        #expect(kinds == [[.enqueued], [.started, .retried], [.started, .succeeded]])
    }

    @Test("a job in a transaction is told once that has committed, and not if it is rolled back")
    func transaction() async throws {
        struct Rollback: Error {}
        let store = try await Store()
        let queue = JobQueue(backend: store.backend)
        try queue.register(Ship.self)
        let events = Recorder<JobID>()
        queue.listen("test") { events.record($0.id) }
        var configuration = Configuration()
        configuration.busyMode = .timeout(15)
        let database = try DatabasePool(path: store.path, configuration: configuration)
        _ = try? await database.write { db in
            try queue.enqueue(Ship(order: 1), in: db)
            throw Rollback()
        }
        let kept = try await database.write { db in
            let future = try queue.enqueue(Ship(order: 2), in: db)
            #expect(!events.values.contains(future.jobID))
            return future.jobID
        }
        // Outside a transaction a job is one by itself.
        let alone = try await database.writeWithoutTransaction { try queue.enqueue(Ship(order: 3), in: $0).jobID }
        await queue.close()
        #expect(events.values == [kept, alone])
    }
}
