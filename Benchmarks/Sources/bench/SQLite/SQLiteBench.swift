// The durable backend at its default (WAL, synchronous=NORMAL) beside its physical limit, a C program that does the same
// SQL on the same disk. C and we take turns, and each of our numbers is divided by C's of the same round, so that a slow
// minute of the machine touches both.

import ArgumentParser
import BenchKit
import NightjarJobs
import NightjarSQLite

struct SQLiteBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sqlite", abstract: "Jobs in a SQLite file: enqueue, drain, pick-up, depth, beside plain C.")

    @OptionGroup var options: BenchOptions

    @Option(help: "Only the parts whose name contains this.")
    var only: String?

    func run() async throws {
        var report = Report()
        report.note(version: sqliteVersion, of: "sqlite")
        for part in Self.parts where only.map(part.name.contains) ?? true {
            report.section(part.name)
            try await part.measure(options, &report)
        }
        if let path = options.json { try report.write(to: path) }
    }

    private struct Part: Sendable {
        let name: String
        let measure: @Sendable (BenchOptions, inout Report) async throws -> Void
    }

    private static let parts = [
        Part(name: "throughput beside plain C", measure: measureDurableThroughput),
        Part(name: "pick-up", measure: measureDurablePickUp),
        Part(name: "depth", measure: measureDepth),
    ]
}

/// What the numbers of this part promise.
let walNormal = "WAL, synchronous=NORMAL"

/// A queue on a file, every default.
func makeQueue(_ options: BenchOptions, file: String, slots: Int = 10) throws -> JobQueue {
    var configuration = JobQueueConfiguration()
    configuration.worker.priority = options.priority
    configuration.worker.concurrency = slots
    let queue = JobQueue(
        backend: SQLiteBackend(path: file), configuration: configuration, context: VisitPropagator())
    try queue.register(Receipt.self)
    try queue.register(PickUp.self)
    try queue.register(NotedJob.self)
    return queue
}
