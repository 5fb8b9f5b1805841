import ArgumentParser
import NightjarJobs

/// Lists jobs.
struct JobsListCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: "Lists jobs, the latest first.",
            discussion: RootCommand.examples(
                "jobs list --state failed,retrying --queue mail", "jobs list --request 4f2c… --json")
        )
    }

    @OptionGroup var filter: JobFilterOptions

    @Option(name: .long, help: "How many at the most.")
    var limit = 50

    @Option(name: .long, help: "How many to pass over first.")
    var offset = 0

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if limit < 1 || offset < 0 {
            throw ValidationError("--limit has to be 1 or more, and --offset 0 or more.")
        }
    }

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            let now = queue.backend.clock.now
            try await listJobs(
                filter.filter(now: now, limit: limit, offset: offset), of: queue, output, on: console)
        }
    }
}

/// Lists the jobs that match a filter.
func listJobs(_ filter: JobFilter, of queue: JobQueue, _ output: OutputOptions, on console: Console) async throws {
    let jobs = try await queue.list(filter)
    try output.answer(jobs.map(JobSummary.init), on: console) { width in
        guard !jobs.isEmpty else { return "No job matches." }
        let table = TextTable(jobs, now: queue.backend.clock.now).text(width: width)
        guard jobs.count == filter.limit else { return table }
        return table + "\n\nThere may be more: --limit and --offset \(filter.offset + jobs.count) show them."
    }
}
