// What an app that has nothing to do costs: a runner with its threads started, and no job.

import BenchKit
import NightjarJobs

@Sendable
func measureIdle(_ options: BenchOptions, _ report: inout Report) async throws {
    let queue = try makeQueue(options)
    let length = options.quick ? 3.0 : 10.0
    let used = try await withRunner(of: queue) {
        for number in 0..<100 { _ = try await queue.background(Receipt.number(number)).value }
        let before = Usage.now
        try await Task.sleep(for: .seconds(length))
        return Usage.now.since(before)
    }
    report.add(
        Metric(
            "memory.idleCPUPercent", "processor time while idle", used.processor / length * 100, "% of core",
            goal: .atMost(0.5), note: "\(used.waits) wake-ups in \(Int(length)) s"))
}
