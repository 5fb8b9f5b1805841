import ArgumentParser

/// What is done about mail.
struct MailCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "mail",
            abstract: "Tries out how mails leave.",
            discussion: RootCommand.examples("mail test --to ada@example.org"),
            subcommands: [MailTestCommand.self]
        )
    }
}
