import ArgumentParser
import NightjarJobs

/// Lets schedules fire again.
struct SchedulesResumeCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "resume",
            abstract: "Lets schedules fire again, from their next firing on.",
            discussion: RootCommand.examples("schedules resume digest")
        )
    }

    @Argument(help: "The schedules.")
    var schedules: [String]

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            try await setPaused(false, schedules: schedules, of: queue, output, on: console)
        }
    }
}
