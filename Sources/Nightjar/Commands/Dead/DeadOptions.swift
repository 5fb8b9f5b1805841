// Which dead letters a command is about.

import ArgumentParser
import NightjarJobs

/// Properties by which dead letters are chosen; one has to have all that are given.
struct DeadOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Only in this queue.", transform: OptionValue.queue)
    var queue: String?

    @Option(name: .shortAndLong, help: "Only with this name, such as MyApp.SendReceipt.")
    var name: String?

    @Option(name: .shortAndLong, help: "Only with this text in the type or the message of their last error.")
    var error: String?

    @Option(
        name: .long, help: "Only enqueued longer ago than this, such as 30m or 2h.", transform: OptionValue.duration)
    var olderThan: Duration?

    @Option(
        name: .long, help: "Only enqueued within this time, such as 30m or 2h.", transform: OptionValue.duration)
    var newerThan: Duration?

    var isEmpty: Bool { queue == nil && name == nil && error == nil && olderThan == nil && newerThan == nil }

    func filter(now: Timestamp, limit: Int, after: JobID?) -> JobFilter {
        JobFilter(
            states: [.failed], queue: queue, name: name, createdBefore: olderThan.map { now - $0 },
            createdAfter: newerThan.map { now - $0 }, order: .oldest, limit: limit, after: after)
    }

    func isMeant(_ job: JobRecord) -> Bool {
        guard let error else { return true }
        return job.failures.last?.description.lowercased().contains(error.lowercased()) ?? false
    }
}

/// Dead letters to be changed: by their ids, by what they have in common, or all.
struct DeadSelection: ParsableArguments {
    @Argument(help: "The jobs' ids.", transform: OptionValue.job)
    var ids: [JobID] = []

    @OptionGroup var options: DeadOptions

    @Flag(name: .long, help: "All of them.")
    var all = false

    func validate() throws {
        let ways = [!ids.isEmpty, !options.isEmpty, all].filter { $0 }.count
        if ways == 0 {
            throw ValidationError("Say which dead letters: by their ids, by --queue, --name, --error, or --all.")
        }
        if ways > 1 {
            throw ValidationError("Say which dead letters in one way: by their ids, by options, or --all.")
        }
    }

    func ids(in queue: JobQueue) async throws -> [JobID] {
        guard ids.isEmpty else { return ids }
        let now = queue.backend.clock.now
        return try await queue.all(where: options.isMeant) { options.filter(now: now, limit: $0, after: $1) }
    }
}
