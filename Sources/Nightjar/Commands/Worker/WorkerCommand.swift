// `worker`: jobs without pages.

import ArgumentParser
import NightjarJobs

/// Runs jobs, and serves no pages.
struct WorkerCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "worker",
            abstract: "Runs jobs, and serves no pages. Start as many as you like.",
            discussion: """
                It stops on SIGTERM or SIGINT once the jobs it has begun are done; what is not done within the limit goes \
                back to its queue. A second signal ends it at once.

                \(RootCommand.examples(
                    "worker", "worker --queues high,default --concurrency 20", "worker --once", "worker --duration 1h"))
                """,
            subcommands: [WorkerStatusCommand.self]
        )
    }

    @Option(
        name: .shortAndLong,
        help: "Queues to pull, the most urgent first, instead of WORKER_QUEUES; * for any other.",
        transform: OptionValue.queues
    )
    var queues: QueueSelection?

    @Option(name: .shortAndLong, help: "Jobs at once, instead of WORKER_CONCURRENCY.")
    var concurrency: Int?

    @Option(
        name: .long,
        help: "Stop after this long, in order, such as 45s or 1h; 0 for never.",
        transform: OptionValue.duration
    )
    var duration: Duration?

    @Flag(name: .long, help: "Stop once nothing is due and nothing runs.")
    var once = false

    func validate() throws {
        if let concurrency, !(1...10_000).contains(concurrency) {
            throw ValidationError(
                "--concurrency \(concurrency) is not allowed: it has to be a whole number from 1 to 10000.")
        }
    }

    func perform(in app: App, on console: Console) async throws {
        // NORI-B5: never a worker that waits for jobs it cannot see.
        try app.requireSharedQueue("a worker cannot reach them")
        var options = app.queue.configuration.worker
        options.concurrency = concurrency ?? app.configuration.workerConcurrency
        options.queues = queues ?? options.queues
        let duration = duration == .zero ? nil : duration
        try await app.withSignals { [options] in
            try await app.work(options, stopsWhenDrained: once, stopsAfter: duration)
        }
    }
}
