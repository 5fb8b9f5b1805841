import ArgumentParser
import NightjarJobs

/// Lists dead letters by what they died of.
struct DeadListCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: "Lists dead letters by what they died of. One by one: jobs list --state dead.",
            discussion: RootCommand.examples("dead list", "dead list --queue mail --json")
        )
    }

    @OptionGroup var options: DeadOptions
    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try await app.operate { queue in try await listDead(options, of: queue, output, on: console) }
    }
}

/// A group of dead letters, for programs.
struct DeadGroupView: Encodable {
    var count: Int
    var name: String
    var error: String
    var message: String
    var queues: [String]
    var first: String
    var latest: String
    var examples: [JobID]
}

/// Says what dead letters died of.
func listDead(_ options: DeadOptions, of queue: JobQueue, _ output: OutputOptions, on console: Console) async throws {
    let now = queue.backend.clock.now
    var groups = DeadGroups()
    _ = try await queue.all(where: { job in
        if options.isMeant(job) { groups.add(job) }
        return false
    }) { options.filter(now: now, limit: $0, after: $1) }
    let sorted = groups.sorted
    let view = sorted.map { group, count in
        DeadGroupView(
            count: count, name: group.name, error: group.error, message: group.message, queues: group.queues.sorted(),
            first: group.first.iso8601, latest: group.latest.iso8601, examples: group.ids)
    }
    try output.answer(view, on: console) { width in
        guard groups.count > 0 else { return "No job is dead." }
        return TextTable(
            [
                .number("DEAD"), .flexible("JOB"), .flexible("ERROR"), .text("LATEST"),
                .text("FOR INSTANCE").spare, .flexible("QUEUE").spare,
            ],
            rows: sorted.map { group, count in
                [
                    "\(count)", group.name, "\(group.error): \(group.message)", Words.moment(group.latest, from: now),
                    group.ids.first.map { "\($0)" } ?? "", group.queues.sorted().joined(separator: ","),
                ]
            }
        ).text(width: width)
    }
}
