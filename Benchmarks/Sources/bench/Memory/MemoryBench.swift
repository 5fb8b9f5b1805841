// The engine on its embedded default: what a job costs in time and memory, and how soon it starts.
//
// Everything is at its default: ten slots, background priority, limits, retention, logging. Jobs carry three fields and a
// context, and are waited for by their futures, because that is what a page does with them.

import ArgumentParser
import BenchKit

struct MemoryBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "Jobs in memory: throughput, latency, bytes, idle cost.")

    @OptionGroup var options: BenchOptions

    @Option(help: "Only the parts whose name contains this.")
    var only: String?

    func run() async throws {
        var report = Report()
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

    /// Bytes come first: they are counted against an allocator that nothing else has used yet.
    private static let parts = [
        Part(name: "bytes per job", measure: measureBytes),
        Part(name: "throughput", measure: measureThroughput),
        Part(name: "cost of a call", measure: measureCalls),
        Part(name: "pick-up", measure: measurePickUp),
        Part(name: "calls while both cores are busy", measure: measureInversion),
        Part(name: "idle", measure: measureIdle),
    ]
}
