import ArgumentParser
import NightjarJobs

/// Stops schedules.
struct SchedulesPauseCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "pause",
            abstract: "Drops schedules' firings in all processes, until they are resumed.",
            discussion: RootCommand.examples("schedules pause digest", "schedules pause digest \"weekly sync\"")
        )
    }

    @Argument(help: "The schedules.")
    var schedules: [String]

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in try await setPaused(true, schedules: schedules, of: queue, output, on: console)
        }
    }
}
