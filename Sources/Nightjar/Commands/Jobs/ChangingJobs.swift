// What the commands that change jobs have in common: do it, say to how many it was done, and fail if a job that was named
// was not among them.

import NightjarJobs

/// A change that an operator makes to jobs.
struct JobChange: Sendable {
    /// What was done, as in "3 jobs cancelled."
    var done: String
    /// Whom it cannot be done to, as in "0197… was not cancelled: …".
    var refusal: String
    /// In which states jobs can be changed so.
    var states: Set<JobState>
    var apply: @Sendable (JobQueue, [JobID]) async throws -> [JobID]

    static let retry = JobChange(
        done: "brought back", refusal: "only failed and cancelled jobs can be", states: [.failed, .cancelled]
    ) { queue, ids in try await queue.retry(ids) }

    static let cancel = JobChange(
        done: "cancelled", refusal: "only jobs that wait or run can be",
        states: [.scheduled, .pending, .retrying, .running]
    ) { queue, ids in try await queue.backend.cancel(ids) }

    static let delete = JobChange(
        done: "deleted", refusal: "a running job has to be cancelled first",
        states: Set(JobState.allCases.filter { $0 != .running })
    ) { queue, ids in try await queue.delete(ids) }

    static let purge = JobChange(
        done: "deleted", refusal: "only dead jobs can be", states: [.failed]
    ) { queue, ids in try await queue.delete(ids) }
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
    try output.answer(ChangedJobs(changed: changed, unchanged: unchanged), on: console) { _ in
        "\(Words.count(changed.count, "job")) \(change.done)."
    }
    guard areNamed, !unchanged.isEmpty else { return }
    let states = try await queue.backend.records(unchanged)
    throw CommandError(
        zip(unchanged, states).map { id, record in
            guard let record else { return "There is no job \(id), or it is no longer kept." }
            return "\(id) is \(record.state.rawValue) and was not \(change.done): \(change.refusal)."
        }.joined(separator: "\n"))
}
