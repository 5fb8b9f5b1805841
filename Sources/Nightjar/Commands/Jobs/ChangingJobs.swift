// What the commands that change jobs have in common: do it, say to how many it was done, and fail if a job that was named
// was not among them.

import NightjarJobs

/// A change that an operator makes to jobs.
struct JobChange: Sendable {
    /// What was done, as in "3 jobs cancelled."
    var done: String
    /// To whom it can be done, as in "0197… is completed: only …."
    var refusal: String
    /// In which states jobs can be changed so.
    var states: Set<JobState>
    /// Whether a running job is only told, and does it in its own time.
    var tells = false
    var apply: @Sendable (JobQueue, [JobID]) async throws -> [JobID]

    static let retry = JobChange(
        done: "brought back", refusal: "only failed and cancelled jobs can be brought back",
        states: [.failed, .cancelled]
    ) { queue, ids in try await queue.retry(ids) }

    static let cancel = JobChange(
        done: "cancelled", refusal: "only jobs that wait or run can be cancelled",
        states: [.scheduled, .pending, .retrying, .running], tells: true
    ) { queue, ids in try await queue.backend.cancel(ids) }

    static let delete = JobChange(
        done: "deleted", refusal: "a running job has to be cancelled before it is deleted",
        states: Set(JobState.allCases.filter { $0 != .running })
    ) { queue, ids in try await queue.delete(ids) }

    static let purge = JobChange(
        done: "deleted", refusal: "only dead jobs can be purged", states: [.failed]
    ) { queue, ids in try await queue.delete(ids) }

    static let retryDead = JobChange(
        done: "brought back", refusal: "only dead jobs can be brought back here; others by jobs retry",
        states: [.failed]
    ) { queue, ids in try await queue.retry(ids) }
}

/// Those a change applied to, for programs.
struct ChangedJobs: Encodable {
    var changed: [JobID]
    var unchanged: [JobID]
}

/// Changes jobs and says to how many that was done.
///
/// - Parameter areNamed: Whether somebody named each of them, so that one which was not changed is a failure.
/// - Throws: ``CommandError`` after the answer if a named job was not changed.
func change(
    _ ids: [JobID], by change: JobChange, areNamed: Bool, of queue: JobQueue, _ output: OutputOptions,
    on console: Console
) async throws {
    var changeable = ids
    if areNamed {
        let records = try await queue.backend.records(ids)
        changeable = zip(ids, records).filter { $1.map { change.states.contains($0.state) } ?? false }.map(\.0)
    }
    let changed = try await queue.inBatches(changeable) { try await change.apply(queue, $0) }
    let known = Set(changed)
    let unchanged = ids.filter { !known.contains($0) }
    let told = try await change.tells ? queue.stillRunning(changed) : 0
    try output.answer(ChangedJobs(changed: changed, unchanged: unchanged), on: console) { _ in
        guard told > 0 else { return "\(Words.count(changed.count, "job")) \(change.done)." }
        return "\(Words.count(changed.count - told, "job")) \(change.done), \(told) told to stop."
    }
    guard areNamed, !unchanged.isEmpty else { return }
    let states = try await queue.backend.records(unchanged)
    throw CommandError(
        zip(unchanged, states).map { id, record in
            guard let record else { return "There is no job \(id), or it is no longer kept." }
            return "\(id) is \(record.state.rawValue): \(change.refusal)."
        }.joined(separator: "\n"))
}

extension JobQueue {
    /// How many of some jobs run.
    fileprivate func stillRunning(_ ids: [JobID]) async throws -> Int {
        try await inBatches(ids) { ids in
            zip(ids, try await backend.records(ids)).filter { $1?.state == .running }.map(\.0)
        }.count
    }
}
