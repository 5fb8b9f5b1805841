import ArgumentParser

/// What is done to whole queues.
struct QueuesCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "queues",
            abstract: "Lists, pauses and resumes queues.",
            discussion: RootCommand.examples("queues pause mail", "queues resume mail"),
            subcommands: [QueuesListCommand.self, QueuesPauseCommand.self, QueuesResumeCommand.self],
            defaultSubcommand: QueuesListCommand.self
        )
    }
}
