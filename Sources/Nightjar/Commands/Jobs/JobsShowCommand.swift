import ArgumentParser
import NightjarJobs

/// Shows all that is known about a job.
struct JobsShowCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: "Shows all that is known about a job: its value, its attempts and their errors, its result.",
            discussion: RootCommand.examples("jobs show 0197a3c2-5b0e-7cc1-9d4b-2f6c1c9a7e10")
        )
    }

    @Argument(help: "The job's id.", transform: OptionValue.job)
    var id: JobID

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in try await showJob(id, of: queue, output, on: console) }
    }
}

/// Shows a job.
///
/// - Throws: ``CommandError`` if there is none with this id.
func showJob(_ id: JobID, of queue: JobQueue, _ output: OutputOptions, on console: Console) async throws {
    guard let job = try await queue.record(of: id) else { throw CommandError("\(JobError.unknown(id))") }
    let detail = JobDetail(job)
    try output.answer(detail, on: console) { detail.text(width: $0, now: queue.backend.clock.now) }
}
