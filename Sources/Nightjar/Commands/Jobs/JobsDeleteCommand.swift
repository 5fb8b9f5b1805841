import ArgumentParser
import NightjarJobs

/// Deletes jobs that are not running.
struct JobsDeleteCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "delete",
            abstract: "Deletes jobs that are not running.",
            discussion: RootCommand.examples("jobs delete ID", "jobs delete --state completed --older-than 1h")
        )
    }

    @OptionGroup var jobs: JobSelection
    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            let ids = try await jobs.ids(in: queue, for: .delete)
            try await change(ids, by: .delete, areNamed: !jobs.ids.isEmpty, of: queue, output, on: console)
        }
    }
}
