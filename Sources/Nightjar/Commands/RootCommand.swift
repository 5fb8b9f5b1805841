// The program's command line. Commands only hold what was written, because the parser makes them and knows no application;
// what they do is a function of the queue and the console that stands below each.

import ArgumentParser

/// The program itself.
struct RootCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        let name = Self.programName
        return CommandConfiguration(
            commandName: name,
            abstract: "Serves pages and runs jobs.",
            discussion: """
                Without a command the program serves.

                EXAMPLES
                  \(name)
                  \(name) serve --host 0.0.0.0 --port 80
                  \(name) worker --queues high,default
                  \(name) worker status --watch
                  PORT=3000 LOG_LEVEL=debug \(name)

                VARIABLES (read from the environment, then from .env)
                \(SettingsTable.help)
                """,
            version: "Nightjar \(nightjarVersion)",
            subcommands: [
                ServeCommand.self, WorkerCommand.self, JobsCommand.self, DeadCommand.self, QueuesCommand.self,
                SchedulesCommand.self, ConfigCommand.self, PluginsCommand.self, DeployCommand.self, MailCommand.self,
            ],
            defaultSubcommand: ServeCommand.self
        )
    }

    /// What the program is called on this command line.
    static var programName: String {
        let path = CommandLine.arguments.first ?? "app"
        return path.split(separator: "/").last.map { String($0) } ?? "app"
    }

    /// The examples of a command's help, each after the program's name.
    static func examples(_ lines: String...) -> String {
        "EXAMPLE\(lines.count > 1 ? "S" : "")\n" + lines.map { "  \(programName) \($0)" }.joined(separator: "\n")
    }
}
