import ArgumentParser
import NightjarJobs

/// Brings dead letters back, with all their attempts.
struct DeadRetryCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "retry",
            abstract: "Brings dead letters back, with all their attempts.",
            discussion: RootCommand.examples("dead retry ID", "dead retry --error Timeout", "dead retry --all")
        )
    }

    @OptionGroup var dead: DeadSelection
    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            let ids = try await dead.ids(in: queue)
            try await change(ids, by: .retryDead, areNamed: !dead.ids.isEmpty, of: queue, output, on: console)
        }
    }
}
