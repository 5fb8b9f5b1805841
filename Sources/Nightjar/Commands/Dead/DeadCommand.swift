import ArgumentParser

/// What is done about jobs that failed for good.
struct DeadCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "dead",
            abstract: "Lists, retries and purges dead letters: jobs that failed for good.",
            discussion: RootCommand.examples("dead list", "dead retry --error Timeout", "dead purge --older-than 72h"),
            subcommands: [DeadListCommand.self, DeadRetryCommand.self, DeadPurgeCommand.self],
            defaultSubcommand: DeadListCommand.self
        )
    }
}
