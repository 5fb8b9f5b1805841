import ArgumentParser

/// What it takes to run the program on a server.
struct DeployCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "deploy",
            abstract: "Writes what a server needs to run the program.",
            discussion: RootCommand.examples("deploy systemd --out deploy"),
            subcommands: [DeploySystemdCommand.self]
        )
    }
}
