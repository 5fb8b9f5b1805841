// What a job costs does not grow with what was there before it.

import GRDB
import NightjarJobs
import NightjarTesting
import Testing

@testable import NightjarSQLite

@Suite("The cost of a job", .timeLimit(.minutes(1)))
struct CostTests {
    // DBT-X6
    @Test("a unique key remembers only those that may hold it again, however many held it")
    func keys() async throws {
        let store = try await Store()
        let states: Set<JobState> = [.scheduled, .pending, .retrying]
        let spec = JobSpec(name: "sync", unique: UniquePolicy(key: "key", while: states))
        var running: [ClaimedJob] = []
        for round in 0..<60 {
            try await store.put("\(round)", spec: spec)
            running += try await store.take()
            #expect(running.count == round + 1)
        }
        #expect(try store.ask("SELECT count(*) FROM nightjar_jobs WHERE lost_key IS NOT NULL") == 59)
        #expect(try await store.end(Array(running.prefix(58))).allSatisfy { $0 })
        let failure = JobFailure(type: "Test", message: "no luck", attempt: 1, at: store.backend.clock.now)
        let failed = running[58]
        _ = try await store.backend.settle([
            Settlement(id: failed.id, lease: failed.lease, disposition: .failed(failure))
        ])
        #expect(try store.ask("SELECT count(*) FROM nightjar_jobs WHERE lost_key IS NOT NULL") == 0)
        // Brought back, it holds its key again.
        #expect(try await store.backend.requeue([failed.id], at: store.backend.clock.now) == [failed.id])
        #expect(try await store.backend.insert([store.job(spec: spec)]) == [.existing(failed.id)])
        await store.backend.close()
    }

    @Test("a key that is held in an ended state is held again when its job gets there")
    func endedStates() async throws {
        let store = try await Store()
        let spec = JobSpec(name: "once", unique: UniquePolicy(key: "key", while: [.pending, .completed]))
        let first = try await store.put(spec: spec)
        let job = try #require(try await store.take().first)
        let second = try await store.put(spec: spec)
        #expect(try await store.backend.cancel([second]) == [second])
        #expect(try await store.end([job]) == [true])
        #expect(try await store.backend.insert([store.job(spec: spec)]) == [.existing(first)])
        await store.backend.close()
    }

    @Test("waiting jobs are counted only where they are limited, and then by everybody who changes them")
    func limit() async throws {
        let free = try await Store()
        for _ in 0..<3 { try await free.put() }
        #expect(try free.ask("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'") == 0)
        let limited = try await Store(free.path, options: SQLiteOptions(limit: 5))
        func expectCount(_ count: Int) async throws {
            #expect(try free.ask("SELECT value FROM nightjar_meta WHERE key = 'waiting'") == count)
        }
        try await expectCount(3)
        // The other process knows no limit, and is counted all the same.
        for _ in 0..<2 { try await free.put(after: .seconds(60)) }
        try await expectCount(5)
        await #expect(throws: QueueError.full(limit: 5)) { try await limited.put() }
        let jobs = try await free.take(2)
        try await expectCount(3)
        #expect(try await free.end([jobs[0]]) == [true])
        _ = try await limited.backend.settle([
            Settlement(id: jobs[1].id, lease: jobs[1].lease, disposition: .pending)
        ])
        try await expectCount(4)
        _ = try await limited.backend.insert([limited.job()])
        await #expect(throws: QueueError.full(limit: 5)) { try await limited.put() }
        _ = try await free.backend.delete([jobs[1].id])
        try await limited.put()
        await #expect(throws: QueueError.full(limit: 5)) { try await limited.put() }
        for store in [free, limited] { await store.backend.close() }
    }

    // DESIGN §5.6
    @Test("jobs that nobody here knows do not slow down those behind them")
    func strangers() async throws {
        let clock = ManualClock()
        let store = try await Store(clock: clock.jobClock)
        _ = try await store.backend.insert((0..<3000).map { store.job("\($0)", spec: JobSpec(name: "from.tomorrow")) })
        clock.advance(by: .seconds(1))
        let known = (0..<40).map { number in
            store.job(
                "\(number)", spec: JobSpec(name: number.isMultiple(of: 2) ? "even" : "odd", priority: 0 - number % 3))
        }
        _ = try await store.backend.insert(known)
        let expected = known.sorted { left, right in
            left.spec.priority == right.spec.priority ? left.id < right.id : left.spec.priority > right.spec.priority
        }
        let request = ClaimRequest(queues: .all, limit: 25, worker: "old", excluding: ["from.tomorrow"])
        #expect(try await store.backend.claim(request).map(\.id) == expected.prefix(25).map(\.id))
        let indexes = "SELECT count(*) FROM sqlite_master WHERE name = 'nightjar_jobs_kinds'"
        #expect(try store.ask(indexes) == 1)
        _ = try await store.backend.prune(Retention())
        #expect(try store.ask(indexes) == 1)
        #expect(try await store.backend.claim(request).map(\.id) == expected.dropFirst(25).map(\.id))
        // Another version comes and takes them; then nobody needs the index any more.
        #expect(try await store.take(2500).allSatisfy { $0.spec.name == "from.tomorrow" })
        _ = try await store.backend.prune(Retention())
        #expect(try store.ask(indexes) == 0)
        let late = try await store.put(spec: JobSpec(name: "even"))
        #expect(try await store.backend.claim(request).map(\.id) == [late])
        await store.backend.close()
    }

    @Test("what differs from call to call fills no table, in however many processes")
    func manyKinds() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        for process in 0..<3 {
            let store = try await Store(path)
            let jobs = (1...600).map {
                store.job("\($0)", spec: JobSpec(name: "job", maxAttempts: 1000 + process * 600 + $0))
            }
            _ = try await store.backend.insert(jobs)
            await store.backend.close()
        }
        let store = try await Store(path)
        // One more for all the jobs that have a specification of their own.
        #expect(try store.ask("SELECT count(*) FROM nightjar_specs") == Catalog.sharedSpecs + 1)
        #expect(try await store.take(2000).map(\.spec.maxAttempts).sorted() == Array(1001...2800))
        await store.backend.close()
    }

    @Test("the jobs of a request are found through an index")
    func requests() async throws {
        let store = try await Store()
        let plan = try await store.outsider().read { db in
            try Row.fetchAll(
                db, sql: "EXPLAIN QUERY PLAN SELECT * FROM nightjar_jobs WHERE request = 'a' ORDER BY id DESC"
            )
            .map { $0["detail"] as String }
        }
        #expect(plan.contains { $0.contains("nightjar_jobs_request") }, "\(plan)")
        await store.backend.close()
    }
}
