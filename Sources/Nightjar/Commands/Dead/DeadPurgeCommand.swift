import ArgumentParser
import NightjarJobs

/// Deletes dead letters.
struct DeadPurgeCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "purge",
            abstract: "Deletes dead letters.",
            discussion: RootCommand.examples("dead purge ID", "dead purge --older-than 72h", "dead purge --all")
        )
    }

    @OptionGroup var dead: DeadSelection
    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            let ids = try await dead.ids(in: queue)
            try await change(ids, by: .purge, areNamed: !dead.ids.isEmpty, of: queue, output, on: console)
        }
    }
}
