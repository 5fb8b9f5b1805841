import Foundation
import NightjarTesting
import Synchronization
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("worker --concurrency", .timeLimit(.minutes(1)))
struct WorkerConcurrencyTests {
    // ASOK-13, NOBS-B9, DBT-X7
    @Test(
        "as many jobs run at once as WORKER_CONCURRENCY says, or --concurrency in its place",
        arguments: [(["worker", "--once"], 2), (["worker", "--once", "--concurrency", "2"], 7)])
    func concurrency(arguments: [String], configured: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("worker-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "database"
        configuration.databaseURL = "sqlite://\(folder)/jobs.sqlite"
        configuration.workerConcurrency = configured

        let meeting = Meet.Meeting()
        let app = try await App(configuration: configuration, logger: LogCollector().logger)
        try app.register(Meet.self)
        try await app.queue.open()
        try await app.queue.background((0..<6).map { _ in Meet(meeting) })
        await app.queue.close()

        let answer = try await Operator.run(arguments, configuration) { try $0.register(Meet.self) }
        #expect(answer.code == 0)
        #expect(meeting.arrivals.values.count == 6)
        // The first two met, and then looked who else was running: nobody.
        #expect(meeting.looks.values.prefix(2) == [2, 2])
    }
}

/// Waits for another of its kind, and then looks how many are running.
private struct Meet: Job {
    final class Meeting: Sendable {
        let arrivals = Recorder<JobID>()
        let looks = Recorder<Int>()
    }

    static let name = "Meet"
    private static let meetings = Mutex<[Meeting]>([])

    let number: Int

    init(_ meeting: Meeting) {
        number = Self.meetings.withLock { meetings in
            meetings.append(meeting)
            return meetings.count - 1
        }
    }

    func run(_ context: JobContext) async throws {
        let meeting = Self.meetings.withLock { $0[number] }
        meeting.arrivals.record(context.id)
        await meeting.arrivals.untilCount(2)
        let queue = try #require(RunningQueue.current)
        meeting.looks.record(try await queue.counts().reduce(0) { $0 + $1[.running] })
        await meeting.looks.untilCount(2)
    }
}
