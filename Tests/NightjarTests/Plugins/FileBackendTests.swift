// The example of a backend that is not ours: it keeps the contract, loses nothing in a crash, and a worker runs on it.

import FileBackend
import Foundation
import NightjarTesting
import Testing

@testable import Nightjar
@testable import NightjarJobs

private enum Scratch {
    static func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-file-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }
}

// NUVOM-14, NUVOM-22
@Suite("A backend from outside keeps the contract", .timeLimit(.minutes(2)))
struct FileConformanceTests {
    static let suite = BackendConformance { clock in
        FileBackend(path: try Scratch.folder() + "/jobs.log", clock: clock)
    }

    @Test(arguments: suite.checks)
    func conforms(check: BackendConformance.Check) async throws { try await check.run() }
}

@Suite("A backend from outside", .timeLimit(.minutes(1)))
struct FileBackendTests {
    private func job(_ number: Int, at now: Timestamp) -> NewJob {
        NewJob(
            id: JobID(), spec: JobSpec(name: "job"), payload: .encoded(Array("\(number)".utf8)), createdAt: now,
            dueAt: now)
    }

    // NUVOM-22, NUVOM-B13, NUVOM-B14
    @Test("whatever byte a crash cuts the file at, every step before it is there as a whole")
    func torn() async throws {
        let path = try Scratch.folder() + "/jobs.log"
        let backend = FileBackend(path: path)
        try await backend.open()
        var known: [(size: Int, waiting: Int)] = [(0, 0)]
        func note() throws {
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            known.append((size, (known.last?.waiting ?? 0) + 2))
        }
        for number in 0..<3 {
            _ = try await backend.insert([job(number, at: backend.clock.now), job(number, at: backend.clock.now)])
            try note()
        }
        _ = try await backend.claim(ClaimRequest(queues: .all, limit: 2, worker: "dead"))
        await backend.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for end in stride(from: 0, through: bytes.count, by: 7) {
            let copy = try Scratch.folder() + "/jobs.log"
            try bytes.prefix(end).write(to: URL(fileURLWithPath: copy))
            let again = FileBackend(path: copy)
            try await again.open()
            let expected = known.last { $0.size <= end }?.waiting ?? 0
            let jobs = try await again.list(JobFilter())
            #expect(jobs.count == expected, "cut at \(end) of \(bytes.count)")
            // What a dead process had claimed is not gone: it runs again.
            _ = try await again.rescue()
            let claimed = try await again.claim(ClaimRequest(queues: .all, limit: 100, worker: "new"))
            #expect(claimed.count == expected)
            await again.close()
        }
    }

    @Test("is for one process at a time, and says so; the lock goes with its holder")
    func locked() async throws {
        let path = try Scratch.folder() + "/jobs.log"
        let first = FileBackend(path: path)
        try await first.open()
        let second = FileBackend(path: path)
        await #expect { try await second.open() } throws: { "\($0)".contains("one process at a time") }
        await first.close()
        try await second.open()
        await second.close()
    }

    @Test("a file that has grown long is written anew, and says the same afterwards")
    func shortened() async throws {
        let path = try Scratch.folder() + "/jobs.log"
        let backend = FileBackend(path: path)
        try await backend.open()
        let kept = job(0, at: backend.clock.now)
        _ = try await backend.insert([kept])
        for _ in 0..<1100 {
            try await backend.setPaused(true, queue: "low")
        }
        await backend.close()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
        #expect(lines < 1000)
        let again = FileBackend(path: path)
        try await again.open()
        #expect(try await again.records([kept.id])[0]?.state == .pending)
        #expect(try await again.counts().first { $0.queue == "low" }?.isPaused == true)
        await again.close()
    }

    struct Add: Job {
        static let name = "Add"
        var one: Int
        var other: Int
        func run(_ context: JobContext) async throws -> Int { one + other }
    }

    // NUVOM-14, NUVOM-24
    @Test("a worker runs on it, chosen by QUEUE_BACKEND, and the jobs outlive the app")
    func worker() async throws {
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "file"
        configuration.pluginSettings = ["FILE_PATH": try Scratch.folder() + "/jobs.log"]
        let first = try await App(
            configuration: configuration, plugins: [FileBackendPlugin()], logger: LogCollector().logger)
        try first.register(Add.self)
        try await first.queue.open()
        let id = try await first.background(Add(one: 3, other: 4)).jobID
        await first.queue.close()

        let second = try await App(
            configuration: configuration, plugins: [FileBackendPlugin()], logger: LogCollector().logger)
        try second.register(Add.self)
        try await second.work(WorkerOptions(), stopsWhenDrained: true)
        try await second.queue.open()
        #expect(try await second.queue.future(id, of: Add.self).value == 7)
        await second.queue.close()
    }
}
