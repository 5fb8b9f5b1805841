import ArgumentParser

/// What is linked into the program besides its own code.
struct PluginsCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "plugins",
            abstract: "Lists the plugins that are linked, and tests them.",
            discussion: RootCommand.examples("plugins list", "plugins test database"),
            subcommands: [PluginsListCommand.self, PluginsTestCommand.self],
            defaultSubcommand: PluginsListCommand.self
        )
    }
}
