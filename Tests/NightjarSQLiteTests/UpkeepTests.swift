// What time does to a file: it does not grow for ever, claims do not slow down, and a clock that jumps costs nothing.

import Foundation
import GRDB
import NightjarJobs
import NightjarTesting
import Testing

@testable import NightjarSQLite

@Suite("Upkeep of the file")
struct UpkeepTests {
    // AT-21, NORI-X10
    @Test("removes what was kept long enough, in small steps, and gives the space back")
    func space() async throws {
        let clock = ManualClock()
        let store = try await Store(clock: clock.jobClock)
        _ = try await store.backend.insert((0..<3000).map { _ in store.job(String(repeating: "x", count: 2000)) })
        let dead = try await store.put()
        _ = try await store.end(store.take(3000))
        let last = try #require(try await store.take().first)
        let failure = JobFailure(type: "T", message: "m", attempt: 1, at: clock.now)
        _ = try await store.backend.settle([Settlement(id: dead, lease: last.lease, disposition: .failed(failure))])
        let pages = try #require(try store.ask("PRAGMA page_count", as: Int.self))
        clock.advance(by: .seconds(25 * 3600))
        #expect(try await store.backend.prune(Retention()) == 3000)
        #expect(try await store.record(dead)?.failures == [failure])
        #expect(try #require(try store.ask("PRAGMA page_count", as: Int.self)) < pages / 2)
        clock.advance(by: .seconds(31 * 24 * 3600))
        #expect(try await store.backend.prune(Retention()) == 1)
        #expect(try store.ask("SELECT count(*) FROM nightjar_failures") == 0)
        await store.backend.close()
    }

    @Test("a clock that was set back does not lengthen a lease, and holds up nothing that was due")
    func setBack() async throws {
        let clock = ManualClock()
        let store = try await Store(clock: clock.jobClock)
        let first = try await store.put("1")
        let second = try await store.put("2")
        let job = try #require(try await store.take(1).first)
        #expect(job.id == first)
        clock.jump(by: .seconds(-3600))
        #expect(try await store.backend.rescue().isEmpty)
        #expect(try await store.take().map(\.id) == [second])
        clock.advance(by: .seconds(31))
        #expect(try await store.backend.rescue().map(\.id).contains(first))
        await store.backend.close()
    }

    // AT-11, DBT-B4, NUVOM-B20
    @Test("everything a worker asks for is found through an index made for it", arguments: Query.allCases)
    func plans(query: Query) async throws {
        let store = try await Store()
        let isByKind = query == .nextKind || query == .nextOfKind
        let plan = try await store.outsider().writeWithoutTransaction { db in
            // The claims' other index must neither be missed nor be in the way where it is there.
            if isByKind || query == .nextReady {
                try db.execute(
                    sql:
                        "CREATE INDEX nightjar_jobs_kinds ON nightjar_jobs (queue, spec, rank, due_at, id) WHERE state = 2"
                )
            }
            return try Prepared(db, "EXPLAIN QUERY PLAN " + query.sql).rows { $0.text(3) ?? "" }
        }
        if isByKind { #expect(plan.contains { $0.contains("nightjar_jobs_kinds") }, "\(plan)") }
        if query == .nextReady { #expect(plan.contains { $0.contains("nightjar_jobs_ready") }, "\(plan)") }
        for step in plan where step.hasPrefix("SCAN") {
            let isSmall = step.contains("nightjar_queues") || step.contains("USING") || step.contains("CONSTANT")
            #expect(isSmall, "\(query): \(step)")
        }
        #expect(!plan.contains { $0.contains("TEMP B-TREE") } || query == .running, "\(query): \(plan)")
        await store.backend.close()
    }

    // NUVOM-32
    @Test(
        "a list of dead letters reads nothing else, and the latest of any jobs are found from the end",
        arguments: [
            (JobFilter(states: [.failed]), "SEARCH nightjar_jobs USING INDEX nightjar_jobs_ended"),
            (JobFilter(states: [.failed, .cancelled], queue: "mail"), "USING INDEX nightjar_jobs_ended"),
            (JobFilter(states: [.completed], name: "job"), "SCAN nightjar_jobs USING INDEX nightjar_jobs_id"),
            (JobFilter(), "SCAN nightjar_jobs USING INDEX nightjar_jobs_id"),
            (JobFilter(states: [.failed], order: .oldest, after: JobID()), "USING INDEX nightjar_jobs_id (id>?)"),
            (JobFilter(states: [.pending], name: "job", after: JobID()), "USING INDEX nightjar_jobs_id (id<?)"),
        ])
    func lists(filter: JobFilter, step: String) async throws {
        let store = try await Store()
        let sql = "EXPLAIN QUERY PLAN " + RecordReader.select(ListQuery(filter, now: store.backend.clock.now))
        let plan = try await store.outsider().read { db in try Prepared(db, sql).rows { $0.text(3) ?? "" } }
        #expect(plan.contains { $0.contains(step) }, "\(plan)")
        await store.backend.close()
    }
}
