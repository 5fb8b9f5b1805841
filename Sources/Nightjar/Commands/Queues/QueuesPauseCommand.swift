import ArgumentParser
import NightjarJobs

/// Stops handing out queues' jobs; those that run go on.
struct QueuesPauseCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "pause",
            abstract: "Stops handing out queues' jobs; those that run go on.",
            discussion: RootCommand.examples("queues pause mail", "queues pause high default")
        )
    }

    @Argument(help: "The queues.", transform: OptionValue.queue)
    var queues: [String]

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in try await setPaused(true, queues, of: queue, output, on: console) }
    }
}
