import Foundation
import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("What is accepted, and what is refused")
struct AcceptanceTests {
    @Test("the second closure with a unique key gets the first one's future", .timeLimit(.minutes(1)))
    func uniqueClosure() async throws {
        let queue = JobQueue()
        let options = JobOptions(unique: UniquePolicy(key: "warm"))
        let first = queue.background("warm", options: options) { "first" }
        let second = queue.background("warm", options: options) { "second" }
        #expect(!first.isExisting)
        #expect(second.isExisting)
        #expect(second.jobID == first.jobID)
        try await running(queue) {
            let value = try await second.value
            #expect(value == "first")
        }
    }

    @Test("a job that would expire before it is due is refused, and so is a negative delay beside a date")
    func pointless() async throws {
        let queue = JobQueue()
        try queue.register(Scripted.self)
        let short = JobOptions(expires: .seconds(5))
        await #expect(throws: QueueError.self) {
            try await queue.background(Scripted { _ in "" }, delay: .seconds(5), options: short)
        }
        await #expect(throws: QueueError.self) {
            try await queue.background(Scripted { _ in "" }, delay: .seconds(-1), at: .now)
        }
        try await queue.background(Scripted { _ in "" }, delay: .seconds(4), options: short)
    }

    @Test("what follows a response is taken by a full queue, which refuses everybody else")
    func always() async throws {
        var configuration = JobQueueConfiguration()
        configuration.limit = 1
        let queue = JobQueue(configuration: configuration)
        queue.background { "fills it" }
        let refused = queue.background { "too many" }
        queue.backgroundAlways("after-response", options: JobOptions()) {}
        #expect(try await queue.local.counts().first?[.pending] == 2)
        await #expect(throws: QueueError.full(limit: 1)) { try await refused.value }
        await #expect(throws: QueueError.full(limit: 1)) { for try await _ in refused.updates {} }
    }

    @Test("a closure without a result has a value even if results are not kept", .timeLimit(.minutes(1)))
    func nothing() async throws {
        let queue = JobQueue()
        try await running(queue) {
            try await queue.background("quiet", options: JobOptions(storesResult: false)) {}.value
        }
    }
}
