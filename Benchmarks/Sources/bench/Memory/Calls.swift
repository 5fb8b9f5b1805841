// What `background` costs the caller, with the workers running: rounds of 10 000 calls in a row, each drained before the
// next, so that the queue neither is empty all the time nor fills up.

import BenchKit
import NightjarJobs

@Sendable
func measureCalls(_ options: BenchOptions, _ report: inout Report) async throws {
    let count = 10_000
    let receipts = (1...count).map(Receipt.number)
    let queue = try makeQueue(options)
    let asleep = try makeQueue(options)
    let (jobs, closures) = try await withRunner(of: queue) {
        (
            try await costs(options.rounds) {
                let start = nanoseconds()
                for receipt in receipts.dropLast() { _ = try await queue.background(receipt) }
                let last = try await queue.background(receipts[count - 1])
                return (seconds(since: start) / Double(count), { _ = try await last.value })
            },
            try await costs(options.rounds) {
                let start = nanoseconds()
                for number in 1..<count { queue.background { number } }
                let last = queue.background { count }
                return (seconds(since: start) / Double(count), { _ = try await last.value })
            }
        )
    }
    let alone = try await Visit.$current.withValue(Visit(path: "/orders")) {
        // A full queue refuses, so there are only as many rounds as fit.
        try await costs(8) {
            let start = nanoseconds()
            for receipt in receipts { _ = try await asleep.background(receipt) }
            return (seconds(since: start) / Double(count), {})
        }
    }

    func add(_ name: String, _ title: String, _ costs: [Double], goal: Metric.Goal? = nil) {
        let samples = Samples(costs.map { $0 * 1e6 })
        report.add(Metric(name, title, samples.median, "µs", goal: goal, spread: samples.spread))
    }
    add("memory.backgroundMicroseconds", "background(job)", jobs, goal: .atMost(3))
    add("memory.closureMicroseconds", "background { }", closures, goal: .atMost(3))
    add("memory.backgroundAloneMicroseconds", "background(job), no worker running", alone)
}

/// Runs rounds that measure themselves and hand back how to wait until all is quiet again.
private func costs(
    _ count: Int, _ round: @Sendable () async throws -> (Double, @Sendable () async throws -> Void)
) async throws -> [Double] {
    var costs: [Double] = []
    for _ in 0...count {
        let (cost, settle) = try await round()
        try await settle()
        costs.append(cost)
    }
    return Array(costs.dropFirst())
}
