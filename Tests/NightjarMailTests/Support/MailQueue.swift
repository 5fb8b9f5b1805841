// A queue with a mailer, whose jobs run as long as a test does, and whose log is kept.

import Foundation
import Logging
import NightjarJobs
import NightjarTesting
import ServiceLifecycle

@testable import NightjarMail

/// A line of a log, in plain words.
struct LogLine: Sendable {
    var level: Logger.Level
    var text: String
}

struct MailQueue: Sendable {
    let queue: JobQueue
    let log = Recorder<LogLine>()

    init(_ transport: any MailTransport, redirect: String? = nil, clock: ManualClock? = nil) throws {
        var configuration = JobQueueConfiguration()
        configuration.worker.priority = .normal
        configuration.worker.shutdownWait = .seconds(5)
        let log = log
        queue = JobQueue(
            backend: clock.map { MemoryBackend(clock: $0.jobClock) } ?? MemoryBackend(),
            configuration: configuration,
            logger: Logger(label: "jobs", factory: { _ in KeepingHandler(log: log) }))
        try use(transport, redirect: redirect)
    }

    func use(_ transport: any MailTransport, redirect: String? = nil) throws {
        try queue.use(
            Mailer(
                transport: transport, author: MailAddress("robot@example.org"),
                redirect: redirect.map { try MailAddress($0) }))
    }

    /// Runs the queue's jobs for as long as the body takes; mails sent in the body are this queue's.
    func run(_ body: @Sendable () async throws -> Void) async throws {
        let started = Recorder<Void>()
        let group = ServiceGroup(
            services: [Announcer(started: started), JobRunner(queue)],
            logger: Logger(label: "group", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await started.untilCount(1)
            do {
                try await RunningQueue.bind(queue, body)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
    }

    /// Waits until a line was logged at a level, and answers with all of that level.
    @discardableResult
    func lines(_ level: Logger.Level) async -> [String] {
        await log.until { lines in lines.contains { $0.level == level } }
            .filter { $0.level == level }.map(\.text)
    }

    /// Every job that mails made, the oldest first.
    var jobs: [JobRecord] {
        get async throws { try await queue.list(JobFilter(queue: "mail")).sorted { $0.id < $1.id } }
    }

    /// Everything that could show a secret: the log, and all that is kept of jobs.
    var traces: String {
        get async throws {
            let jobs = try await jobs
            return (log.values.map(\.text) + jobs.map { "\($0)" }).joined(separator: "\n")
        }
    }
}

private struct KeepingHandler: LogHandler {
    let log: Recorder<LogLine>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        log.record(LogLine(level: event.level, text: "\(event.message) \(all)"))
    }
}

/// Says that the group runs; a shutdown asked for earlier would not be heard.
private struct Announcer: Service {
    let started: Recorder<Void>

    func run() async throws {
        started.record(())
        try await gracefulShutdown()
    }
}
