import ArgumentParser
import NightjarJobs

/// Calls jobs off: those that wait at once, those that run by telling their worker.
struct JobsCancelCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "cancel",
            abstract: "Calls jobs off: those that wait at once, those that run by telling their worker.",
            discussion: RootCommand.examples("jobs cancel ID", "jobs cancel --tag import --state pending,scheduled")
        )
    }

    @OptionGroup var jobs: JobSelection
    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            let ids = try await jobs.ids(in: queue, for: .cancel)
            try await change(ids, by: .cancel, areNamed: !jobs.ids.isEmpty, of: queue, output, on: console)
        }
    }
}
