import ArgumentParser
import NightjarJobs

/// Runs a schedule's job now.
struct SchedulesRunCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "run",
            abstract: "Puts a schedule's job into its queue now; the schedule itself goes on as before.",
            discussion: RootCommand.examples("schedules run digest")
        )
    }

    @Argument(help: "The schedule.")
    var schedule: String

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in
            let (job, isExisting) = try await queue.runSchedule(schedule)
            try output.answer(ScheduleRun(schedule: schedule, job: "\(job)", existing: isExisting), on: console) { _ in
                isExisting
                    ? "The job of \(schedule) is unique and there already: \(job)."
                    : "The job of \(schedule) is in its queue: \(job)."
            }
        }
    }
}

/// A schedule that was run by hand, as programs read it.
private struct ScheduleRun: Encodable {
    var schedule: String
    var job: String
    var existing: Bool
}
