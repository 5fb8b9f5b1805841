// What a store knows about schedules: not when they fire, which is the program's business, but how far each has come.
//
//     unknown ──move(from: nil)──► stands at a time ──move(from: that time)──► stands at another
//
// Everybody who keeps the time computes the same firing and says from where the schedule moves. The first finds it there
// and moves it, with the firing's job, in one step; the others find it elsewhere and are told where. That is all there is
// to "exactly one job for each firing": no leader, no lock, and no clock is compared.

/// How far a schedule has come.
public struct ScheduleRecord: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Up to when its firings are settled: each has become a job or was dropped.
    public var position: Timestamp
    /// Its latest firing that became a job, if there was one.
    public var lastFiring: Timestamp?
    /// That job. The firing is remembered longer than the job is kept.
    public var lastJob: JobID?
    /// Whether its firings are dropped.
    public var isPaused: Bool

    /// A record from its parts.
    public init(
        name: String, position: Timestamp, lastFiring: Timestamp? = nil, lastJob: JobID? = nil, isPaused: Bool = false
    ) {
        self.name = name
        self.position = position
        self.lastFiring = lastFiring
        self.lastJob = lastJob
        self.isPaused = isPaused
    }
}

/// A schedule that is to be moved on.
public struct ScheduleMove: Sendable {
    /// Its name.
    public var name: String
    /// Where the caller believes that it stands; `nil` if it should be unknown.
    public var from: Timestamp?
    /// The firing's time, or up to when firings are dropped. Earlier than `from` if that was a clock's mistake.
    public var to: Timestamp
    /// The firing's job; `nil` if firings are dropped.
    public var job: NewJob?

    /// A move.
    public init(_ name: String, from: Timestamp?, to: Timestamp, job: NewJob? = nil) {
        self.name = name
        self.from = from
        self.to = to
        self.job = job
    }
}

/// What became of a schedule that was to be moved on.
public enum ScheduleAnswer: Sendable, Hashable {
    /// It was moved, and this became of the firing's job.
    case fired(Insertion)
    /// It was moved without a job: there was none, or the schedule is paused.
    case moved
    /// Nothing was done, because somebody else has moved it: it stands here.
    case elsewhere(Timestamp?)
}
