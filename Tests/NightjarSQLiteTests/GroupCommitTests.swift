// Many callers, few transactions, and nobody pays for a neighbour.

import GRDB
import NightjarJobs
import NightjarTesting
import Testing

@testable import NightjarSQLite

@Suite("Steps that share a transaction")
struct GroupCommitTests {
    // DBT-B8
    @Test("one that fails after it has written fails alone")
    func badNeighbour() async throws {
        let store = try await Store()
        let taken = try await store.put()
        let results = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<64 {
                group.addTask {
                    var jobs = [store.job("\(number)"), store.job("\(number)")]
                    // The second job of every eighth batch has an id that is in use.
                    if number % 8 == 0 { jobs[1].id = taken }
                    return (number, (try? await store.backend.insert(jobs)) != nil)
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        for (number, isStored) in results { #expect(isStored == (number % 8 != 0)) }
        // Nothing of a refused batch is there, all of the others is.
        #expect(try await store.take(1000).count == 1 + 56 * 2)
        await store.backend.close()
    }

    @Test("one that is refused before it writes is refused alone")
    func refusedNeighbour() async throws {
        let store = try await Store(options: SQLiteOptions(limit: 100))
        let stored = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<160 { group.addTask { (try? await store.put()) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(stored == 100)
        #expect(try await store.take(200).count == 100)
        await store.backend.close()
    }

    @Test("a cancelled caller takes nothing back")
    func cancelledCaller() async throws {
        let store = try await Store()
        let tasks = (0..<50).map { _ in Task { try await store.put() } }
        for task in tasks { task.cancel() }
        for task in tasks { _ = try? await task.value }
        #expect(try await store.take(100).count == 50)
        await store.backend.close()
    }

    // ASOK-B14
    @Test("what is asked for while the writer is busy shares few transactions")
    func sharing() async throws {
        let store = try await Store()
        let outsider = try store.outsider()
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let asking = Recorder<Int>()
        let tasks = (0..<200).map { number in
            Task {
                asking.record(number)
                try await store.put()
            }
        }
        await asking.untilCount(200)
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        for task in tasks { _ = try await task.value }
        // Each transaction tells once that there is something to do.
        #expect(store.news.values.count(where: \.isReady) < 50)
        #expect(try await store.take(300).count == 200)
        await store.backend.close()
    }

    // NORI-12, AT-5, AT-24, NORI-B7, DBT-B10, DBT-X18
    @Test("several stores on one file hand out each job once, and keep each key once")
    func oneOwner() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        var stores: [Store] = []
        for _ in 0..<4 { stores.append(try await Store(path)) }
        let unique = JobSpec(name: "unique", unique: UniquePolicy(key: "only"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in stores {
                for _ in 0..<4 { group.addTask { try await store.put(spec: unique) } }
                group.addTask { for _ in 0..<250 { try await store.put() } }
            }
            try await group.waitForAll()
        }
        let claimed = Recorder<JobID>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, store) in stores.enumerated() {
                for _ in 0..<2 {
                    group.addTask {
                        while true {
                            let jobs = try await store.take(7, worker: "w\(number)")
                            if jobs.isEmpty { return }
                            for job in jobs { claimed.record(job.id) }
                            #expect(try await store.end(jobs).allSatisfy { $0 })
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(claimed.values.count == 1001)
        #expect(Set(claimed.values).count == 1001)
        #expect(try stores[0].ask("PRAGMA integrity_check") == "ok")
        for store in stores { await store.backend.close() }
    }
}
