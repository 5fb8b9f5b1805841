// Jobs in one store and results in another: the same promises as one store, and what happens between the two.

import Foundation
import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

// NUVOM-48
@Suite("A composed backend", .timeLimit(.minutes(2)))
struct ComposedConformanceTests {
    static let suites = [
        BackendConformance { ComposedBackend(queue: MemoryBackend(clock: $0), results: MemoryResultStore()) },
        BackendConformance {
            ComposedBackend(queue: MemoryBackend(clock: $0), results: FileResultStore(path: ResultFile.new()))
        },
    ]

    // NUVOM-30
    @Test("keeps the contract with results in memory", arguments: suites[0].checks)
    func memory(check: BackendConformance.Check) async throws { try await check.run() }

    // NUVOM-31
    @Test("keeps the contract with results in a file", arguments: suites[1].checks)
    func file(check: BackendConformance.Check) async throws { try await check.run() }
}

/// Where a test's results go; removed when the test process ends.
enum ResultFile {
    private static let root = NSTemporaryDirectory() + "nightjar-results-\(UUID().uuidString.prefix(8))"
    private static let made: Void = {
        try? FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        atexit { ResultFile.clear() }
    }()

    static func new() -> String {
        _ = made
        return root + "/\(UUID().uuidString.prefix(8)).jsonl"
    }

    private static func clear() { try? FileManager.default.removeItem(atPath: root) }
}

@Suite("Two stores", .timeLimit(.minutes(1)))
struct ComposedTests {
    private struct Away: Error {}

    /// A store of results that fails when told to.
    private final class Flaky: ResultStore {
        let inner = MemoryResultStore()
        let isAway = Atomic<Bool>(false)
        let name = "flaky"
        let durability = BackendTraits.Durability.process
        let keepsValues = true
        func open() async throws {}
        func close() async {}
        func put(_ results: [JobResult]) async throws {
            if isAway.load(ordering: .sequentiallyConsistent) { throw Away() }
            try await inner.put(results)
        }
        func get(_ attempts: [JobResult.Attempt]) async throws -> [JobResult?] { try await inner.get(attempts) }
        func list(limit: Int, offset: Int) async throws -> [JobResult] {
            try await inner.list(limit: limit, offset: offset)
        }
        func delete(_ jobs: [JobID]) async throws { try await inner.delete(jobs) }
        func prune(before moment: Timestamp) async throws -> Int { try await inner.prune(before: moment) }
    }

    private func claim(_ backend: any JobBackend, worker: String = "w") async throws -> ClaimedJob {
        try #require(try await backend.claim(ClaimRequest(queues: .all, limit: 1, worker: worker)).first)
    }

    private func put(_ backend: any JobBackend) async throws -> JobID {
        let now = backend.clock.now
        let job = NewJob(
            id: JobID(), spec: JobSpec(name: "job"), payload: .encoded([]), createdAt: now, dueAt: now)
        _ = try await backend.insert([job])
        return job.id
    }

    // NUVOM-33, NUVOM-34, NUVOM-35, NUVOM-36, NUVOM-38
    @Test("outcomes go to the results, values and errors alike, and a future finds them", arguments: [false, true])
    func outcomes(inFile: Bool) async throws {
        let results: any ResultStore = inFile ? FileResultStore(path: ResultFile.new()) : MemoryResultStore()
        let test = try LoggedQueue(ComposedBackend(queue: MemoryBackend(), results: results))
        try await test.queue.open()
        try await running(test.queue) {
            let good = try await test.queue.background(Scripted { _ in "done" })
            let value = try await good.value
            #expect(value == "done")
            let bad = try await test.queue.background(
                Scripted { _ in throw Boom() }, options: JobOptions(retry: .never))
            await #expect(throws: JobError.self) { try await bad.value }
            let stored = try await results.list(limit: 10, offset: 0)
            #expect(stored.map(\.attempt.job) == [bad.jobID, good.jobID])
            #expect(stored.map(\.state) == [.failed, .completed])
            #expect(stored.first?.failure?.message == "boom")
            let record = try #require(
                try await (test.queue.backend as? ComposedBackend)?.queue.records([good.jobID])[0])
            guard case .none = record.output else {
                Issue.record("The queue keeps the output, too.")
                return
            }
        }
        #expect(test.queue.backend.traits.name == "memory+\(results.name)")
        await test.queue.close()
    }

    @Test("ends that no attempt came to are results, too: called off while it waited, its workers dead")
    func endsWithoutAttempt() async throws {
        let clock = ManualClock()
        let results = MemoryResultStore()
        let backend = ComposedBackend(queue: MemoryBackend(clock: clock.jobClock), results: results)
        let waiting = try await put(backend)
        #expect(try await backend.cancel([waiting]) == [waiting])
        let deadly = try await put(backend)
        for _ in 1...4 {
            _ = try await claim(backend)
            clock.advance(by: .seconds(31))
            _ = try await backend.rescue()
        }
        let stored = try await results.list(limit: 10, offset: 0)
        #expect(stored.map(\.attempt.job) == [deadly, waiting])
        #expect(stored.map(\.state) == [.failed, .cancelled])
    }

    @Test("a late finisher's result is never taken for the outcome")
    func late() async throws {
        let clock = ManualClock()
        let results = MemoryResultStore()
        let backend = ComposedBackend(queue: MemoryBackend(clock: clock.jobClock), results: results)
        let id = try await put(backend)
        let slow = try await claim(backend, worker: "slow")
        clock.advance(by: .seconds(31))
        _ = try await backend.rescue()
        let fast = try await claim(backend, worker: "fast")
        #expect(
            try await backend.settle([Settlement(id: id, lease: fast.lease, disposition: .completed(.live("fast")))])
                == [true])
        #expect(
            try await backend.settle([Settlement(id: id, lease: slow.lease, disposition: .completed(.live("slow")))])
                == [false])
        guard case .live(let value as String) = try await backend.records([id])[0]?.output else {
            Issue.record("The result is lost.")
            return
        }
        #expect(value == "fast")
    }

    @Test("after a crash between the two steps the job runs again, and its new result counts")
    func crash() async throws {
        let clock = ManualClock()
        let results = MemoryResultStore()
        let backend = ComposedBackend(queue: MemoryBackend(clock: clock.jobClock), results: results)
        let id = try await put(backend)
        let first = try await claim(backend)
        // What a worker had written when it was killed.
        try await results.put([
            JobResult(
                attempt: JobResult.Attempt(job: id, lease: first.lease), name: "job", queue: "default",
                state: .completed, number: 1, at: clock.now, output: .live("first"))
        ])
        #expect(try await backend.records([id])[0]?.state == .running)
        clock.advance(by: .seconds(31))
        _ = try await backend.rescue()
        let second = try await claim(backend)
        _ = try await backend.settle([Settlement(id: id, lease: second.lease, disposition: .completed(.live("second")))]
        )
        guard case .live(let value as String) = try await backend.records([id])[0]?.output else {
            Issue.record("The result is lost.")
            return
        }
        #expect(value == "second")
        clock.advance(by: .seconds(40 * 24 * 3600))
        _ = try await backend.prune(Retention())
        #expect(try await results.list(limit: 10, offset: 0).isEmpty)
    }

    @Test("a job whose result cannot be stored is not completed")
    func away() async throws {
        let results = Flaky()
        let backend = ComposedBackend(queue: MemoryBackend(), results: results)
        let id = try await put(backend)
        let job = try await claim(backend)
        let settlement = Settlement(id: id, lease: job.lease, disposition: .completed(.live("done")))
        results.isAway.store(true, ordering: .sequentiallyConsistent)
        await #expect(throws: Away.self) { try await backend.settle([settlement]) }
        #expect(try await backend.records([id])[0]?.state == .running)
        results.isAway.store(false, ordering: .sequentiallyConsistent)
        #expect(try await backend.settle([settlement]) == [true])
        #expect(try await backend.records([id])[0]?.state == .completed)
    }
}

@Suite("Results in a file")
struct FileResultTests {
    private func result(_ text: String, lease: Int64 = 1, at seconds: Int64 = 1, id: JobID = JobID()) -> JobResult {
        JobResult(
            attempt: JobResult.Attempt(job: id, lease: lease), name: "Send", queue: "mail", state: .completed,
            number: 1, at: Timestamp(microseconds: seconds * 1_000_000), output: .encoded(Array(text.utf8)))
    }

    private func text(_ result: JobResult??) -> String? {
        guard case .encoded(let bytes) = (result ?? nil)?.output else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    // NUVOM-31, NUVOM-37
    @Test("each outcome is one line of JSON, and comes out as it went in")
    func lines() async throws {
        let path = ResultFile.new()
        let store = FileResultStore(path: path)
        try await store.open()
        let texts = [#"{"b":1,"a":[true,null,1e3],"c":",\"result\":x}"}"#, #""ü\n""#, "null", "not json", "{\n}"]
        let results = texts.map { result($0) }
        try await store.put(results)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == texts.count)
        for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        #expect(lines[0].contains(#""result":{"b":1,"a":[true,null,1e3]"#))
        #expect(try await store.get(results.map(\.attempt)).map { text($0) } == texts)
        await store.close()
        let again = FileResultStore(path: path)
        try await again.open()
        #expect(try await again.get(results.map(\.attempt)).map { text($0) } == texts)
        #expect(try await again.get([result("x").attempt])[0] == nil)
    }

    // NUVOM-22
    @Test("a line that a crash cut short is no result, and is gone after the next write")
    func torn() async throws {
        let path = ResultFile.new()
        let store = FileResultStore(path: path)
        try await store.open()
        let kept = result("1")
        let lost = result("2")
        try await store.put([kept])
        let whole = try Data(contentsOf: URL(fileURLWithPath: path)).count
        try await store.put([lost])
        await store.close()
        let all = try Data(contentsOf: URL(fileURLWithPath: path))
        for end in [whole + 1, (whole + all.count) / 2, all.count - 1] {
            try all.prefix(end).write(to: URL(fileURLWithPath: path))
            let again = FileResultStore(path: path)
            try await again.open()
            let new = result("3")
            try await again.put([new])
            #expect(try await again.get([kept, lost, new].map(\.attempt)).map { text($0) } == ["1", nil, "3"])
            await again.close()
        }
    }

    @Test("two openings of one file see each other's lines, also after one has written it anew")
    func shared() async throws {
        let path = ResultFile.new()
        let (one, other) = (FileResultStore(path: path), FileResultStore(path: path))
        try await one.open()
        try await other.open()
        let (old, new) = (result("1", at: 10), result("2", at: 20))
        try await one.put([old])
        #expect(text(try await other.get([old.attempt])[0]) == "1")
        try await other.put([new])
        #expect(try await one.prune(before: Timestamp(microseconds: 15_000_000)) == 1)
        #expect(try await other.get([old, new].map(\.attempt)).map { text($0) } == [nil, "2"])
        let last = result("3", at: 30)
        try await other.put([last])
        #expect(try await one.list(limit: 10, offset: 0).map { text($0) } == ["3", "2"])
        try await one.delete([last.attempt.job])
        #expect(try await other.list(limit: 10, offset: 0).map { text($0) } == ["2"])
    }

    @Test("a file that cannot be opened is said with its name")
    func unopened() async throws {
        let store = FileResultStore(path: "/nonexistent/results.jsonl")
        await #expect { try await store.open() } throws: { "\($0)".contains("/nonexistent/results.jsonl") }
        await #expect(throws: ResultFileError.self) { try await store.put([result("1")]) }
    }
}
