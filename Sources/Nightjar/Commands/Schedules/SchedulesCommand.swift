import ArgumentParser

/// What is done to schedules.
struct SchedulesCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "schedules",
            abstract: "Lists, runs, pauses and resumes schedules.",
            discussion: RootCommand.examples("schedules list", "schedules run digest", "schedules pause digest"),
            subcommands: [
                SchedulesListCommand.self, SchedulesRunCommand.self, SchedulesPauseCommand.self,
                SchedulesResumeCommand.self,
            ],
            defaultSubcommand: SchedulesListCommand.self
        )
    }
}
