// An application that serves on a free port for the length of a closure, and is shut down properly afterwards.

import Logging
import Synchronization

@testable import Nightjar

extension AppConfiguration {
    /// What tests run with: a free port, errors shown, nothing read from the environment.
    static var testing: AppConfiguration {
        var configuration = AppConfiguration()
        configuration.environment = .testing
        configuration.port = 0
        configuration.shutdownLimit = .seconds(10)
        return configuration
    }
}

/// Serves for as long as `body` runs.
///
/// - Parameters:
///   - declare: Declares routes and services.
///   - body: Gets the application and its port.
func withRunningApp<Result: Sendable>(
    configuration: AppConfiguration = .testing,
    limits: ServerLimits = ServerLimits(),
    logs: LogCollector = LogCollector(),
    backends: [BackendFactory] = [],
    _ declare: (App) throws -> Void,
    _ body: (App, Int) async throws -> Result
) async throws -> Result {
    let app = try await App(configuration: configuration, limits: limits, backends: backends, logger: logs.logger)
    try declare(app)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        group.addTask {
            defer { ready.finish() }
            try await app.serve(onReady: { ready.yield($0) })
        }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else {
            try await group.next()
            throw CancellationError()
        }
        do {
            let result = try await body(app, port)
            await app.shutdown()
            try await group.next()
            return result
        } catch {
            await app.shutdown()
            try? await group.next()
            throw error
        }
    }
}

/// Keeps what is logged.
final class LogCollector: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
    }

    private let kept = Mutex<[Line]>([])

    var lines: [Line] { kept.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(collector: self) }
        logger.logLevel = .info
        return logger
    }

    private struct Handler: LogHandler {
        let collector: LogCollector
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let line = Line(
                level: event.level,
                message: event.message.description,
                metadata: all.mapValues { "\($0)" }
            )
            collector.kept.withLock { $0.append(line) }
        }
    }
}

/// Something that happens once, and that others wait for.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    }

    func open() { continuation.finish() }

    func wait() async {
        for await _ in stream {}
    }
}
