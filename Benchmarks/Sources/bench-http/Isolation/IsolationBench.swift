// Whether pages notice that jobs run. The same plain page is asked for while nothing runs, while ten jobs burn the
// processor, and while ten jobs block their threads; and, for scale, while the same ten things run in a plain `Task { }`,
// which is what a framework without threads for jobs would do.
//
// The cases take turns (A B C D E, A B C D E …), so that a slow minute of the machine touches all of them. This command
// waits on the main thread: everything else of the process may be starved by what it measures.

import ArgumentParser
import BenchKit
import Foundation
import Nightjar

struct IsolationBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isolation", abstract: "A page's throughput and latency while jobs burn the processor or block.")

    @Flag(help: "Fewer and shorter rounds.")
    var quick = false

    @Option(help: "Also write the numbers to this file, as JSON.")
    var json: String?

    func run() throws {
        var report = Report()
        silenceLog()
        let server = try BenchServer()
        var results: [Disturbance: [LoadResult]] = [:]
        for _ in 0..<(quick ? 2 : 5) {
            for disturbance in Disturbance.allCases {
                let end = disturbance.start(server.app)
                let result = try nightjarVisit(port: server.port, seconds: quick ? 1.5 : 4)
                end()
                results[disturbance, default: []].append(result)
            }
        }
        describe(results, &report)
        if let json { try report.write(to: json) }
    }

    private func describe(_ results: [Disturbance: [LoadResult]], _ report: inout Report) {
        func samples(_ disturbance: Disturbance, _ part: (LoadResult) -> Double) -> Samples {
            Samples((results[disturbance] ?? []).map(part))
        }
        // Each round is compared with its own idle case: a disturbance from outside that lasts touches both.
        func ratio(_ disturbance: Disturbance, _ part: (LoadResult) -> Double) -> Samples {
            Samples(zip(results[disturbance] ?? [], results[.none] ?? []).map { part($0) / part($1) })
        }
        for disturbance in Disturbance.allCases {
            let rate = samples(disturbance, \.requestsPerSecond)
            let p99 = samples(disturbance, \.p99).median
            report.section(disturbance.title)
            let name = "isolation.\(disturbance.rawValue)"
            report.add(
                Metric(
                    "\(name)RequestsPerSecond", "requests", rate.median, "1/s", spread: rate.spread,
                    note: "p50 \(samples(disturbance, \.p50).median.readable) µs, p99 \(p99.readable) µs"))
            guard disturbance != .none else { continue }
            let kept = ratio(disturbance, \.requestsPerSecond)
            let slower = ratio(disturbance, \.p99)
            report.add(
                Metric(
                    "\(name)ThroughputKept", "of the idle throughput", kept.median * 100, "%",
                    goal: disturbance.throughputGoal.map { .atLeast($0) }, spread: kept.spread))
            report.add(
                Metric(
                    "\(name)P99Ratio", "p99, times the idle one", slower.median, "×",
                    goal: disturbance.throughputGoal.map { _ in .atMost(5) }, spread: slower.spread))
        }
    }

    /// The log is written, as it is by default, but not shown.
    private func silenceLog() {
        let nowhere = open("/dev/null", O_WRONLY)
        if nowhere >= 0 { dup2(nowhere, 2) }
    }
}
