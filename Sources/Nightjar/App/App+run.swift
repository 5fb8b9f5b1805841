// From the command line to an exit code.
//
//     0   done, also after SIGTERM or SIGINT       64   the command line is wrong
//     1   it could not start, or failed            128 + n   a second signal: at once, without waiting for anything

import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension App {
    /// Does what the command line says, and ends the process with an exit code other than 0 if that fails.
    ///
    /// Without a command the application serves until it receives SIGTERM or SIGINT; then it finishes its responses, the
    /// work after them, and its jobs. A second signal ends it at once.
    public func run() async throws {
        let code = await run(arguments: Array(CommandLine.arguments.dropFirst()))
        if code != 0 { exit(code) }
    }

    /// Does what the arguments say.
    ///
    /// - Parameter arguments: The command line without the program's name.
    /// - Returns: The exit code.
    public func run(arguments: [String]) async -> Int32 {
        await run(arguments: arguments, console: .standard)
    }

    package func run(arguments: [String], console: Console) async -> Int32 {
        let command: any AppCommand
        do {
            let parsed = try SettingsTable.$linked.withValue(plugins?.linked) { () throws -> (any AppCommand)? in
                var parsed = try RootCommand.parseAsRoot(arguments)
                if let own = parsed as? any AppCommand { return own }
                // A command that only has subcommands, or `help`: both end by throwing their text.
                try parsed.run()
                return nil
            }
            guard let parsed else { return 0 }
            command = parsed
        } catch {
            let code = RootCommand.exitCode(for: error).rawValue
            let unknown = code == 0 ? nil : UnknownCommand.find(in: arguments)
            let message =
                unknown.map { "\($0)" }
                ?? SettingsTable.$linked.withValue(plugins?.linked) { RootCommand.fullMessage(for: error) }
            if code == 0 { console.write(message) } else { console.complain(message) }
            return code
        }
        do {
            try await command.perform(in: self, on: console)
            return 0
        } catch {
            console.complain("\(error)")
            return 1
        }
    }

    /// Runs `body`; the first signal stops it in order, the second ends the process.
    func withSignals(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch(signals) }
            defer { group.cancelAll() }
            try await body()
        }
    }

    private func watch(_ signals: UnixSignalsSequence) async {
        var patience: Task<Void, any Error>?
        defer { patience?.cancel() }
        for await signal in signals {
            guard patience == nil else {
                logger.warning("Ended at once", metadata: ["signal": "\(signal)"])
                _exit(128 + (signal == .sigint ? SIGINT : SIGTERM))
            }
            logger.info("Shutting down", metadata: ["signal": "\(signal)", "limit": "\(configuration.shutdownLimit)"])
            patience = Task { [logger, limit = configuration.shutdownLimit] in
                // At the limit everything is cancelled; code that ignores that must not keep the process.
                try await Task.sleep(for: limit + .seconds(5))
                logger.error("Ended: something ignored being cancelled after the shutdown limit")
                _exit(1)
            }
            await shutdown()
        }
    }
}
