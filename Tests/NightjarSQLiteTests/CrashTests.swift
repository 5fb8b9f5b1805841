// A worker that dies without a word: its jobs are free at once, and not before.

import Foundation
import NightjarJobs
import NightjarSQLite
import NightjarTesting
import Testing

@Suite("A worker killed with -9", .timeLimit(.minutes(1)))
struct CrashTests {
    // NORI-B1, AT-1
    @Test("is noticed within two seconds, and its job runs again with the crash counted and the attempt not")
    func killed() async throws {
        let store = try await Store()
        let id = try await store.put()
        let path = store.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let store = try await Store(path)
            guard try await store.take(worker: "doomed").count == 1 else { exit(1) }
            // The parent knows this process by now, or will find what it left.
            kill(getpid(), SIGKILL)
        }
        let since = ContinuousClock.now
        _ = await store.news.until { $0.contains(where: \.isWorkerLost) }
        let lost = try await store.backend.rescue()
        #expect(since.duration(to: .now) < .seconds(2))
        #expect(lost.map(\.id) == [id])
        #expect(lost.first?.crashes == 1)
        #expect(lost.first?.attempt == 0)
        #expect(lost.first?.failures.first?.worker == "doomed")
        #expect(try await store.take().map(\.attempt) == [1])
        await store.backend.close()
    }

    @Test("is noticed by everybody, whoever clears up after it")
    func everybodyNotices() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        var stores: [Store] = []
        for _ in 0..<4 { stores.append(try await Store(path)) }
        // Everybody knows the process that is about to die once all have heard from it; then it gets the word.
        let sign = try await stores[0].put(after: .seconds(3600))
        let acquaintance = Task { [stores] in
            for store in stores { _ = await store.news.until { $0.contains { $0.tells(sign) } } }
            _ = FileManager.default.createFile(atPath: path + ".go", contents: nil)
        }
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, sign = "\(sign)" as String] in
            guard let sign = JobID(sign) else { exit(1) }
            let store = try await Store(path)
            while !FileManager.default.fileExists(atPath: path + ".go") {
                _ = try await store.backend.reschedule([sign], at: store.backend.clock.now + .seconds(3600))
            }
            kill(getpid(), SIGKILL)
        }
        await acquaintance.value
        for store in stores { _ = await store.news.until { $0.contains { $0.isWorkerLost } } }
        for store in stores { await store.backend.close() }
    }

    @Test("is found by a process that starts later")
    func killedBefore() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let store = try await Store(path)
            try await store.put()
            guard try await store.take(worker: "doomed").count == 1 else { exit(1) }
            kill(getpid(), SIGKILL)
        }
        let store = try await Store(path)
        #expect(try await store.backend.rescue().count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "-workers").count == 2)
        await store.backend.close()
    }

    // AT-3
    @Test("does not take the jobs of the living with it")
    func living() async throws {
        let store = try await Store()
        try await store.put()
        let mine = try #require(try await store.take(worker: "alive").first)
        #expect(try await store.backend.rescue().isEmpty)
        #expect(try await store.end([mine]) == [true])
        await store.backend.close()
    }

    // DBT-B3
    @Test("is told about to a worker, which runs the job again by itself")
    func wholeWay() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        let store = try await Store(path)
        let queue = JobQueue(backend: store.backend)
        try queue.register(Work.self)
        let future = try await queue.background(Work())
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let store = try await Store(path)
            guard try await store.take(worker: "doomed").count == 1 else { exit(1) }
            kill(getpid(), SIGKILL)
        }
        try await withWorkers(queue) {
            let value = try await future.value(timeout: .seconds(20))
            #expect(value == "done")
        }
        #expect(try await store.record(future.jobID)?.crashes == 1)
        await store.backend.close()
    }

    struct Work: Job {
        func run(_ context: JobContext) async throws -> String { "done" }
    }
}
