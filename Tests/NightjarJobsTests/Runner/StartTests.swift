import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Start", .timeLimit(.minutes(1)))
struct StartTests {
    @Test("a worker says at its start which queues are paused, since nobody else will")
    func paused() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend)
        for _ in 0..<2 {
            try await test.queue.background(Scripted { _ in "" }, options: JobOptions(queue: "mail"))
        }
        try await test.queue.pause("mail")
        try await running(test.queue) {
            await test.log.until { lines in lines.contains { $0.level == "warning" } }
        }
        let lines = test.lines.filter { $0.level == "warning" }
        #expect(lines.count == 1)
        #expect(lines.first?.message.contains("paused") ?? false)
        #expect(lines.first?.metadata["queue"] == "mail")
        #expect(lines.first?.metadata["waiting"] == "2")
        #expect(lines.first?.metadata["resume"] == "queues resume mail")
    }

    @Test("where no queue is paused, nothing is said")
    func open() async throws {
        let test = try LoggedQueue(WrappedBackend())
        try await running(test.queue) {
            _ = try await test.queue.background(Scripted { _ in "" }, options: JobOptions(queue: "mail")).value
        }
        #expect(test.warnings.isEmpty)
    }
}
