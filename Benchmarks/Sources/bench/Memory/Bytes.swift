// What a job keeps allocated while it waits and after it has ended, its payload's own string included. Counted by the
// allocator, overhead and growth of the tables included, over the 100 000 that a queue holds by default.

import BenchKit
import NightjarJobs

@Sendable
func measureBytes(_ options: BenchOptions, _ report: inout Report) async throws {
    let count = 100_000
    let queue = try makeQueue(options)
    // One round through everything first, so that what is made once is not counted.
    try await withRunner(of: queue) { _ = try await queue.background(Receipt.number(0)).value }

    let before = Usage.allocatedBytes
    let resident = Usage.residentBytes
    let last = try await Visit.$current.withValue(Visit(path: "/orders")) {
        for number in 1..<count { _ = try await queue.background(Receipt.number(number)) }
        return try await queue.background(Receipt.number(count))
    }
    let waiting = Usage.allocatedBytes
    let waitingResident = Usage.residentBytes
    try await withRunner(of: queue) { _ = try await last.value }
    let finished = Usage.allocatedBytes

    func perJob(_ bytes: Int) -> Double { Double(bytes) / Double(count) }
    report.add(
        Metric(
            "memory.bytesPerWaitingJob", "a waiting job", perJob(waiting - before), "bytes", goal: .atMost(600),
            note: "resident set: \(Int(perJob(waitingResident - resident)))"))
    report.add(
        Metric(
            "memory.bytesPerFinishedJob", "a finished job", perJob(finished - before), "bytes", goal: .atMost(300)))
    withExtendedLifetime(queue) {}
}
