import Foundation
import Testing

@testable import NightjarJobs

/// What many jobs leave behind in this process: nothing but the records of the latest.
@Suite("Memory", .timeLimit(.minutes(3)))
struct MemoryTests {
    // AT-16, ASOK-B12
    @Test("after a hundred thousand jobs there is as much memory in use as before", .enabled(if: MemoryUse.now != nil))
    func growth() async {
        // In a process of its own, because what other tests use meanwhile is not counted.
        await #expect(processExitsWith: .success) {
            // As many records as stay are there when it is measured first.
            var configuration = JobQueueConfiguration()
            configuration.worker.priority = .normal
            let queue = JobQueue(
                backend: MemoryBackend(retention: Retention(limit: 1000)), configuration: configuration)
            @Sendable func run(_ rounds: Int) async throws {
                for _ in 0..<rounds {
                    for _ in 0..<999 { queue.background {} }
                    try await queue.background {}.value
                }
            }
            try await running(queue) {
                try await run(30)
                let before = try #require(MemoryUse.now)
                try await run(100)
                let after = try #require(MemoryUse.now)
                #expect(after - before < 8 << 20, "\(before >> 10) KB before, \(after >> 10) KB after")
            }
        }
    }
}

/// How much of the machine's memory this process holds, where the system says so in a file.
private enum MemoryUse {
    static var now: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kilobytes << 10
    }
}
