import ArgumentParser
import NightjarJobs

/// Lists the queues.
struct QueuesListCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: "Lists the queues and what is in them, ended jobs included.",
            discussion: RootCommand.examples("queues list", "queues list --json")
        )
    }

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in try await listQueues(of: queue, output, on: console) }
    }
}

/// Says what is in every queue.
func listQueues(of queue: JobQueue, _ output: OutputOptions, on console: Console) async throws {
    let queues = try await queue.counts()
    try output.answer(queues.map(QueueView.init), on: console) { width in
        guard !queues.isEmpty else { return "No queue has had a job yet." }
        let columns = WorkerStatus.columns + [("COMPLETED", .completed), ("CANCELLED", .cancelled)]
        return TextTable(
            [.flexible("QUEUE"), .text("STATE")] + columns.map { .number($0.title) },
            rows: queues.map { counts in
                [counts.queue, counts.isPaused ? "paused" : "open"] + columns.map { "\(counts[$0.state])" }
            }
        ).text(width: width)
    }
}
