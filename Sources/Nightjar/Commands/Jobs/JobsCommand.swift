import ArgumentParser

/// What is done to single jobs.
struct JobsCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "jobs",
            abstract: "Lists, shows, retries, cancels and deletes jobs, and tells which types there are.",
            discussion: RootCommand.examples("jobs list --state failed", "jobs show ID", "jobs cancel --tag import"),
            subcommands: [
                JobsListCommand.self, JobsShowCommand.self, JobsRetryCommand.self, JobsCancelCommand.self,
                JobsDeleteCommand.self, JobsTypesCommand.self,
            ],
            defaultSubcommand: JobsListCommand.self
        )
    }
}
