import ArgumentParser

/// What the program was told by the place it runs in.
struct ConfigCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "config",
            abstract: "Shows the configuration.",
            discussion: RootCommand.examples("config check"),
            subcommands: [ConfigCheckCommand.self],
            defaultSubcommand: ConfigCheckCommand.self
        )
    }
}
