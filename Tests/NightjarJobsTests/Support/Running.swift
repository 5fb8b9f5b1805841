// How these tests run a queue: as an app does, in a service group, with a real graceful shutdown at the end.

import Logging
import NightjarJobs
import NightjarTesting
import ServiceLifecycle

/// Runs a queue's jobs for as long as the body takes, then shuts down gracefully.
/// - Parameter limit: How long the shutdown may take before the group cancels what still runs; no limit if left out.
@discardableResult
func running<Result: Sendable>(
    _ queue: JobQueue, for limit: Duration? = nil, _ body: @Sendable (ServiceGroup) async throws -> Result
) async throws -> Result {
    let started = Recorder<Void>()
    var configuration = ServiceGroupConfiguration(
        services: [.init(service: Announcer(started: started)), .init(service: JobRunner(queue))],
        logger: Logger(label: "group", factory: { _ in SwiftLogNoOpLogHandler() }))
    configuration.maximumGracefulShutdownDuration = limit
    let group = ServiceGroup(configuration: configuration)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        await started.untilCount(1)
        do {
            let result = try await body(group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}

@discardableResult
func running<Result: Sendable>(
    _ queue: JobQueue, for limit: Duration? = nil, _ body: @Sendable () async throws -> Result
) async throws -> Result {
    try await running(queue, for: limit) { _ in try await body() }
}

/// Says that the group runs; a shutdown asked for earlier would not be heard.
private struct Announcer: Service {
    let started: Recorder<Void>

    func run() async throws {
        started.record(())
        try await gracefulShutdown()
    }
}

/// A queue in memory whose jobs log into a recorder.
struct LoggedQueue {
    let queue: JobQueue
    let log = Recorder<LogLine>()

    init(
        _ backend: (any JobBackend)? = nil, context: (any ContextPropagator)? = nil, concurrency: Int = 10,
        _ change: (inout JobQueueConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = JobQueueConfiguration()
        configuration.worker.concurrency = concurrency
        configuration.worker.priority = .normal
        configuration.worker.shutdownWait = .seconds(5)
        change(&configuration)
        let log = log
        queue = JobQueue(
            backend: backend, configuration: configuration, context: context,
            logger: Logger(label: "jobs", factory: { _ in RecordingLogHandler(log: log) }))
        try queue.register(Scripted.self)
    }

    var lines: [LogLine] { log.values }
    var warnings: [String] { lines.filter { $0.level == "warning" }.map(\.message) }
    var errors: [String] { lines.filter { $0.level == "error" }.map(\.message) }
}

/// A line of the log, in plain words.
struct LogLine: Sendable {
    var level: String
    var message: String
    var metadata: [String: String]
}

private struct RecordingLogHandler: LogHandler {
    let log: Recorder<LogLine>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        log.record(
            LogLine(level: event.level.rawValue, message: "\(event.message)", metadata: all.mapValues { "\($0)" }))
    }
}

/// An error of a test's own.
struct Boom: Error, Equatable, CustomStringConvertible {
    var text = "boom"
    var description: String { text }
}

/// Another one.
struct CardDeclined: Error {}

/// Lets others run between two looks at something. A test whose time is over does not look again.
func letOthersRun() async throws {
    try Task.checkCancellation()
    await Task.yield()
}
