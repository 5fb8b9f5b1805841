import NightjarJobs

/// Pauses or resumes schedules, and says so.
///
/// - Throws: `ScheduleError` if one of them is not declared; none is changed then.
func setPaused(
    _ isPaused: Bool, schedules names: [String], of queue: JobQueue, _ output: OutputOptions, on console: Console
) async throws {
    for name in names { try queue.requireSchedule(name) }
    for name in names {
        if isPaused { try await queue.pauseSchedule(name) } else { try await queue.resumeSchedule(name) }
    }
    let now = queue.backend.clock.now
    let changed = try await queue.schedules().filter { names.contains($0.name) }
    try output.answer(changed.map(ScheduleView.init), on: console) { _ in
        changed.map { schedule in
            let next = schedule.next.map { Words.moment(Timestamp($0), from: now) } ?? "never"
            return isPaused
                ? "\(schedule.name) is paused: it fires in no process until it is resumed."
                : "\(schedule.name) fires again, next \(next)."
        }.joined(separator: "\n")
    }
}
