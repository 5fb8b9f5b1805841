import ArgumentParser
import NightjarJobs

/// Brings failed and cancelled jobs back, with all their attempts.
struct JobsRetryCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "retry",
            abstract: "Brings failed and cancelled jobs back, with all their attempts.",
            discussion: RootCommand.examples("jobs retry ID", "jobs retry --queue mail --state failed")
        )
    }

    @OptionGroup var jobs: JobSelection
    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            let ids = try await jobs.ids(in: queue, for: .retry)
            try await change(ids, by: .retry, areNamed: !jobs.ids.isEmpty, of: queue, output, on: console)
        }
    }
}
