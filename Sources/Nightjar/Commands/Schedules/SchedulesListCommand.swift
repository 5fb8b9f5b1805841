import ArgumentParser
import NightjarJobs

/// Lists the schedules.
struct SchedulesListCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: "Lists the schedules that the program declares, and when each fires.",
            discussion: RootCommand.examples("schedules list", "schedules list --json")
        )
    }

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        let now = app.queue.backend.clock.now
        // When a schedule fires is worth knowing even where nobody knows whether it has.
        guard app.hasSharedQueue else {
            return try listSchedules(app.queue.declaredSchedules, now: now, output, on: console)
        }
        try await app.operate { queue in
            try listSchedules(try await queue.schedules(), now: now, output, on: console)
        }
    }
}

/// Says which schedules there are.
func listSchedules(
    _ schedules: [ScheduleStatus], now: Timestamp, _ output: OutputOptions, on console: Console
) throws {
    try output.answer(schedules.map(ScheduleView.init), on: console) { width in
        guard !schedules.isEmpty else { return "The program declares no schedules." }
        return TextTable(
            [
                .flexible("NAME"), .flexible("SCHEDULE"), .flexible("JOB").spare, .text("STATE"), .text("NEXT"),
                .text("LAST"), .text("MISSED").spare,
            ],
            rows: schedules.map { schedule in
                [
                    schedule.name, schedule.timing, schedule.job, schedule.isPaused ? "paused" : "on",
                    schedule.next.map { Words.moment(Timestamp($0), from: now) } ?? "never",
                    schedule.lastFiring.map { Words.moment(Timestamp($0), from: now) } ?? "-",
                    schedule.missed.rawValue,
                ]
            }
        ).text(width: width)
    }
}
