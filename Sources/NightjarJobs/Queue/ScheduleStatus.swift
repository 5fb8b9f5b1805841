public import Foundation

/// A schedule as operators see it: what the program declares, and how far it has come.
public struct ScheduleStatus: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// When it fires, in words: `daily at 08:00 (Europe/Paris)`.
    public var timing: String
    /// The name of the job it runs.
    public var job: String
    /// What becomes of firings that were missed.
    public var missed: MissedPolicy
    /// When it fires next; `nil` if never again. Nothing comes of it while the schedule is paused.
    public var next: Date?
    /// Its latest firing that became a job, if the store has seen one.
    public var lastFiring: Date?
    /// That job, which may no longer be kept.
    public var lastJob: JobID?
    /// Whether its firings are dropped.
    public var isPaused: Bool

    init(_ schedule: DeclaredSchedule, _ record: ScheduleRecord?, now: Date) {
        name = schedule.name
        timing = schedule.schedule.description
        job = schedule.job
        missed = schedule.missed
        // A clock that was set back has to catch up first.
        let position = record?.position.date
        let start = position.map { Schedule.isPlausible($0, now: now) ? max($0, now) : now } ?? now
        next = schedule.next(after: start)
        lastFiring = record?.lastFiring?.date
        lastJob = record?.lastJob
        isPaused = record?.isPaused ?? false
    }
}
