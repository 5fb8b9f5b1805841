// `worker status`: what waits, who works, what comes next.

import ArgumentParser
import NightjarJobs

/// Shows what is in every queue, the workers that are alive, and the jobs that come next.
struct WorkerStatusCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "status",
            abstract: "Shows what is in every queue, the workers alive, and the jobs that come next.",
            discussion: RootCommand.examples("worker status", "worker status --watch", "worker status --json")
        )
    }

    @Flag(name: .shortAndLong, help: "Show it again every second, until Ctrl-C.")
    var watch = false

    @Option(name: .long, help: "How many of the next jobs to show.")
    var next = 10

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !(0...1000).contains(next) {
            throw ValidationError("--next \(next) is not allowed: it has to be a whole number from 0 to 1000.")
        }
    }

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            guard watch else {
                let status = try await WorkerStatus(of: queue, next: next)
                return try output.answer(status.view, on: console, status.text)
            }
            try await watchStatus(of: queue, next: next, json: output.json, on: console)
        }
    }
}

/// Shows the status each second, until the task is cancelled: a screen for a person, a line for a program, one table below
/// the other where there is no screen.
func watchStatus(
    of queue: JobQueue, next: Int, json: Bool, on console: Console, every interval: Duration = .seconds(1)
) async throws {
    while !Task.isCancelled {
        let status = try await WorkerStatus(of: queue, next: next)
        let screen = console.width()
        console.write(
            json
                ? try JSONText.line(status.view)
                : screen.map { Terminal.clear + status.text(width: $0) } ?? status.text(width: nil) + "\n")
        try await Task.sleep(for: interval)
    }
}
