// How soon a job starts when nothing else is going on: the engine's thread and the job's thread are both asleep. One job
// every 5 ms, so that they really are.

import BenchKit
import NightjarJobs

@Sendable
func measurePickUp(_ options: BenchOptions, _ report: inout Report) async throws {
    let queue = try makeQueue(options)
    let (started, answered) = try await withRunner(of: queue) {
        _ = try await queue.background(PickUp(sentAt: nanoseconds())).value
        var started: [Double] = []
        var answered: [Double] = []
        for _ in 0..<200 {
            try await Task.sleep(for: .milliseconds(5))
            let start = nanoseconds()
            let future = try await queue.background(PickUp(sentAt: start))
            started.append(Double(try await future.value) / 1000)
            answered.append(Double(nanoseconds() - start) / 1000)
        }
        return (Samples(started), Samples(answered))
    }
    report.add(
        Metric(
            "memory.pickupP50Microseconds", "call to job's first line, p50 of 200", started.median, "µs",
            goal: .atMost(50)))
    report.add(Metric("memory.pickupP99Microseconds", "call to job's first line, p99", started.percentile(0.99), "µs"))
    report.add(Metric("memory.answerP50Microseconds", "call to value in hand, p50", answered.median, "µs"))
}
