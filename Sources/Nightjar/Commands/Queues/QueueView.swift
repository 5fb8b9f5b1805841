import NightjarJobs

/// A queue as programs read it.
struct QueueView: Encodable {
    var queue: String
    var paused: Bool
    var waiting: Int
    var running: Int
    var retrying: Int
    var scheduled: Int
    var dead: Int
    var completed: Int
    var cancelled: Int

    init(_ counts: QueueCounts) {
        queue = counts.queue
        paused = counts.isPaused
        waiting = counts[.pending]
        running = counts[.running]
        retrying = counts[.retrying]
        scheduled = counts[.scheduled]
        dead = counts[.failed]
        completed = counts[.completed]
        cancelled = counts[.cancelled]
    }
}
