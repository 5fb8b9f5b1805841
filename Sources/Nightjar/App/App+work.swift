// Working: the same services as for serving, without the server.
//
//     start   services ──► start actions ──► jobs
//     stop    jobs ──► services

import Logging
import NightjarJobs
import ServiceLifecycle
import Synchronization

extension App {
    /// Runs jobs until ``shutdown()`` is called, the task is cancelled, or it was to stop anyway.
    ///
    /// - Parameters:
    ///   - options: How jobs are run.
    ///   - stopsWhenDrained: Whether it stops once nothing is due and nothing in flight.
    ///   - stopsAfter: When it stops in any case, as if it had been told to.
    func work(_ options: WorkerOptions, stopsWhenDrained: Bool = false, stopsAfter: Duration? = nil) async throws {
        try await queue.open()
        let runner = JobRunner(queue, options: options, stopsWhenDrained: stopsWhenDrained)
        let actions = declarations.withLock(\.startActions)
        let work = WorkService(runner: runner) { [logger, name = queue.backend.traits.name] in
            for action in actions { try await action() }
            logger.info(
                "Worker started",
                metadata: [
                    "backend": "\(name)", "queues": "\(options.queues)", "concurrency": "\(options.concurrency)",
                ])
        }
        let alarm = stopsAfter.map { duration in
            Task {
                try await Task.sleep(for: duration)
                logger.info("Shutting down", metadata: ["after": "\(duration)"])
                await shutdown()
            }
        }
        defer { alarm?.cancel() }
        try await runServices(
            ending: ServiceGroupConfiguration.ServiceConfiguration(
                service: work, successTerminationBehavior: .gracefullyShutdownGroup))
    }
}

/// Jobs, once what has to be done at the start is done.
private struct WorkService: Service {
    let runner: JobRunner
    let start: @Sendable () async throws -> Void

    func run() async throws {
        try await start()
        try await runner.run()
    }
}
