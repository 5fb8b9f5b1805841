import NightjarJobs

/// Pauses or resumes queues, and says so.
///
/// - Throws: ``CommandError`` if one of them is not known, because a queue that was misspelt would go on unnoticed; none is
///   changed then.
func setPaused(
    _ isPaused: Bool, _ names: [String], of queue: JobQueue, _ output: OutputOptions, on console: Console
) async throws {
    let known =
        try await queue.counts().map(\.queue) + queue.registry.queues + queue.configuration.worker.queues.named
        + queue.roster.names
    for name in names where !known.contains(name) {
        let hint = Suggestion.nearest(to: name, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
        throw CommandError(
            "There is no queue \"\(name)\": no job was ever put into it, and no job's type names it.\(hint)")
    }
    for name in names {
        if isPaused { try await queue.pause(name) } else { try await queue.resume(name) }
    }
    let counts = try await queue.counts().filter { names.contains($0.queue) }
    try output.answer(counts.map(QueueView.init), on: console) { _ in
        counts.map { counts in
            let waiting = "\(Words.count(counts[.pending], "job")) waiting"
            return isPaused
                ? "\(counts.queue) is paused, \(waiting); \(counts[.running]) running to their end."
                : "\(counts.queue) is handed out again, \(waiting)."
        }.joined(separator: "\n")
    }
}
