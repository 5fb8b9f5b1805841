// `serve`: what a program does unless it is told otherwise.

import ArgumentParser

/// Answers requests, and runs jobs beside that.
struct ServeCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "serve",
            abstract: "Answers requests, and runs jobs beside that.",
            discussion: RootCommand.examples("serve --host 0.0.0.0 --port 3000")
        )
    }

    @Option(name: .long, help: "The address to listen on, instead of HOST.")
    var host: String?

    @Option(name: .shortAndLong, help: "The port to listen on, instead of PORT; 0 for any free one.")
    var port: Int?

    func validate() throws {
        if let port, !(0...65535).contains(port) {
            throw ValidationError("--port \(port) is not allowed: it has to be a whole number from 0 to 65535.")
        }
        if host == "" { throw ValidationError("--host is empty: it has to be an address, such as 127.0.0.1.") }
    }

    func perform(in app: App, on console: Console) async throws {
        try await app.withSignals { try await app.serve(host: host, port: port) }
    }
}
