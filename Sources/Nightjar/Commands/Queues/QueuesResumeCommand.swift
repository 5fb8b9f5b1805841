import ArgumentParser
import NightjarJobs

/// Hands out queues' jobs again.
struct QueuesResumeCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "resume",
            abstract: "Hands out queues' jobs again.",
            discussion: RootCommand.examples("queues resume mail", "queues resume high default")
        )
    }

    @Argument(help: "The queues.", transform: OptionValue.queue)
    var queues: [String]

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in try await setPaused(false, queues, of: queue, output, on: console) }
    }
}
