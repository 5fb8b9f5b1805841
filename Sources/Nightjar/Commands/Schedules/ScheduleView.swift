import NightjarJobs

/// A schedule as programs read it.
struct ScheduleView: Encodable {
    var name: String
    var schedule: String
    var job: String
    var paused: Bool
    var missed: String
    var next: String?
    var lastFiring: String?
    var lastJob: String?

    init(_ status: ScheduleStatus) {
        name = status.name
        schedule = status.timing
        job = status.job
        paused = status.isPaused
        missed = status.missed.rawValue
        next = status.next.map { Timestamp($0).iso8601 }
        lastFiring = status.lastFiring.map { Timestamp($0).iso8601 }
        lastJob = status.lastJob.map { "\($0)" }
    }
}
