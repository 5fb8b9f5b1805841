// Which jobs a command is about.

import ArgumentParser
import NightjarJobs

/// Properties by which jobs are chosen; a job has to have all that are given.
struct JobFilterOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: """
            Only in this state: scheduled, pending, running, completed, retrying, failed (or dead), cancelled. Several \
            with commas between them.
            """,
        transform: OptionValue.states
    )
    var state: [JobState]?

    @Option(name: .shortAndLong, help: "Only in this queue.", transform: OptionValue.queue)
    var queue: String?

    @Option(name: .shortAndLong, help: "Only with this name, such as MyApp.SendReceipt.")
    var name: String?

    @Option(name: .shortAndLong, help: "Only with this tag.")
    var tag: String?

    @Option(name: .long, help: "Only caused by the request with this id.")
    var request: String?

    @Option(
        name: .long, help: "Only enqueued longer ago than this, such as 30m or 2h.", transform: OptionValue.duration)
    var olderThan: Duration?

    @Option(
        name: .long, help: "Only enqueued within this time, such as 30m or 2h.", transform: OptionValue.duration)
    var newerThan: Duration?

    /// Whether nothing was chosen.
    var isEmpty: Bool {
        state == nil && queue == nil && name == nil && tag == nil && request == nil && olderThan == nil
            && newerThan == nil
    }

    /// The filter, seen from a moment.
    func filter(
        now: Timestamp, order: JobFilter.Order = .newest, limit: Int, offset: Int = 0, after: JobID? = nil
    ) -> JobFilter {
        JobFilter(
            states: Set(state ?? []), queue: queue, name: name, tag: tag, requestID: request,
            createdBefore: olderThan.map { now - $0 }, createdAfter: newerThan.map { now - $0 }, order: order,
            limit: limit, offset: offset, after: after)
    }
}

/// Jobs to be changed: by their ids, or by what they have in common.
struct JobSelection: ParsableArguments {
    @Argument(help: "The jobs' ids.", transform: OptionValue.job)
    var ids: [JobID] = []

    @OptionGroup var filter: JobFilterOptions

    func validate() throws {
        if ids.isEmpty, filter.isEmpty {
            throw ValidationError("Say which jobs: by their ids, or by --state, --queue, --name, --tag and the like.")
        }
        if !ids.isEmpty, !filter.isEmpty {
            throw ValidationError("Say which jobs either by their ids or by what they have in common, not by both.")
        }
    }

    /// The ids of the jobs that were meant, of those to which a change can be made.
    /// - Throws: ``CommandError`` if it can be made to none in the states that were chosen.
    func ids(in queue: JobQueue, for change: JobChange) async throws -> [JobID] {
        guard ids.isEmpty else { return ids }
        let states = change.states
        if let chosen = filter.state, states.isDisjoint(with: chosen) {
            throw CommandError("--state \(chosen.map(\.rawValue).joined(separator: ",")): \(change.refusal).")
        }
        let now = queue.backend.clock.now
        return try await queue.all { page, last in
            var filter = filter.filter(now: now, order: .oldest, limit: page, after: last)
            filter.states = filter.states.isEmpty ? states : filter.states.intersection(states)
            return filter.states.isEmpty ? nil : filter
        }
    }
}

extension JobQueue {
    /// All jobs that filters find, page by page.
    ///
    /// - Parameter filter: The filter for a page of so many jobs behind one, in an order by id; nil if there is nothing to
    ///   find.
    func all(
        where isWanted: (JobRecord) -> Bool = { _ in true }, _ filter: (_ limit: Int, _ after: JobID?) -> JobFilter?
    ) async throws -> [JobID] {
        let size = 500
        var found: [JobID] = []
        var last: JobID?
        while let filter = filter(size, last) {
            let page = try await list(filter)
            found += page.filter(isWanted).map(\.id)
            last = page.last?.id
            guard page.count == size else { break }
        }
        return found
    }

    /// Does something to jobs, some hundreds at a time. Answers those it applied to.
    func inBatches(_ ids: [JobID], _ act: ([JobID]) async throws -> [JobID]) async throws -> [JobID] {
        var done: [JobID] = []
        for start in stride(from: 0, to: ids.count, by: 500) {
            done += try await act(Array(ids[start..<min(start + 500, ids.count)]))
        }
        return done
    }
}
