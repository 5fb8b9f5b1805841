import Foundation
import Synchronization
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("worker", .timeLimit(.minutes(1)))
struct WorkerCommandTests {
    /// Runs a worker over a database file that holds some jobs.
    private func work(
        _ arguments: [String], jobs: [(job: Tally, queue: String)],
        declare: @escaping @Sendable (App) throws -> Void = { _ in }
    ) async throws -> (answer: Answer, states: [JobState?]) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("worker-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "database"
        configuration.databaseURL = "sqlite://\(folder.path)/jobs.sqlite"
        let ids = try await withQueue(configuration) { queue in
            var ids: [JobID] = []
            for (job, name) in jobs {
                ids.append(try await queue.background(job, options: JobOptions(queue: name)).jobID)
            }
            return ids
        }
        let answer = try await Operator.run(["worker"] + arguments, configuration) { app in
            try app.register(Tally.self)
            try declare(app)
        }
        let states = try await withQueue(configuration) { queue in
            try await queue.backend.records(ids).map { $0?.state }
        }
        return (answer, states)
    }

    private func withQueue<Value>(
        _ configuration: AppConfiguration, _ body: (JobQueue) async throws -> Value
    ) async throws -> Value {
        let app = try await App(configuration: configuration, logger: LogCollector().logger)
        try app.register(Tally.self)
        try await app.queue.open()
        let value = try await body(app.queue)
        await app.queue.close()
        return value
    }

    // ASOK-17, DBT-16, DBT-12
    @Test("--once runs what is due, what that enqueues, and stops")
    func once() async throws {
        let (answer, states) = try await work(
            ["--once"], jobs: [(Tally(), "default"), (Tally(closures: 3), "other"), (Tally(), "high")])
        #expect(answer.code == 0)
        #expect(answer.complaints.isEmpty)
        #expect(states == [.completed, .completed, .completed])
        #expect(Tally.closuresRun.withLock { $0 } == 3)
    }

    // NORI-19, NOBS-X2
    @Test("--queues pulls these queues and no others")
    func queues() async throws {
        let (answer, states) = try await work(
            ["--once", "--queues", "mail"], jobs: [(Tally(), "default"), (Tally(), "mail")])
        #expect(answer.code == 0)
        #expect(states == [.pending, .completed])
    }

    // ASOK-X9
    @Test("start actions come before the first job, and one that throws ends the worker")
    func startActions() async throws {
        struct NoDisk: Error, CustomStringConvertible { let description = "The disk is away." }
        let (answer, states) = try await work(["--once"], jobs: [(Tally(), "default")]) { app in
            app.onStart { throw NoDisk() }
        }
        #expect(answer.code == 1)
        #expect(answer.complaints == "The disk is away.\n")
        #expect(states == [.pending])
    }

    @Test(
        "what makes no sense is exit code 64",
        arguments: [
            ["--concurrency", "0"], ["--queues", ""], ["--queues", "a b"], ["--duration", "soon"], ["statsu"],
        ])
    func wrong(arguments: [String]) async throws {
        let answer = try await Operator.run(["worker"] + arguments, .testing)
        #expect(answer.code == 64)
        #expect(answer.complaints.contains("Usage:"))
    }

    // ASOK-B23
    @Test("a database that is not there is a sentence, and is not made by looking")
    func missing() async throws {
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "database"
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("none-\(UUID()).sqlite").path
        configuration.databaseURL = "sqlite://\(file)"
        let answer = try await Operator.run(["worker", "status"], configuration)
        #expect(answer.code == 1)
        #expect(answer.complaints.contains("There is no database at \(file) yet"))
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test(
        "every command has help with an example",
        arguments: [
            ["serve"], ["worker"], ["worker", "status"], ["jobs"], ["jobs", "list"], ["jobs", "show"],
            ["jobs", "retry"], ["jobs", "cancel"], ["jobs", "delete"], ["dead"], ["dead", "list"], ["dead", "retry"],
            ["dead", "purge"],
            ["queues"], ["queues", "list"], ["queues", "pause"], ["queues", "resume"], ["config"], ["config", "check"],
            ["deploy"], ["deploy", "systemd"],
        ])
    func help(command: [String]) async throws {
        for arguments in [command + ["--help"], ["help"] + command] {
            let answer = try await Operator.run(arguments, .testing)
            #expect(answer.code == 0)
            #expect(answer.complaints.isEmpty)
            #expect(answer.output.contains("EXAMPLE"))
            #expect(answer.output.contains("\(RootCommand.programName) \(command.joined(separator: " "))"))
        }
    }
}

private struct Tally: Job {
    static let name = "Tally"
    static let closuresRun = Mutex(0)

    var closures = 0

    func run(_ context: JobContext) async throws {
        for _ in 0..<closures {
            let queue = try #require(RunningQueue.current)
            queue.background { Self.closuresRun.withLock { $0 += 1 } }
        }
    }
}
