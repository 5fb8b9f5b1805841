import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Closures, and what is kept of jobs", .timeLimit(.minutes(1)))
struct ClosureTests {
    // NORI-2, ASOK-3, NORI-8, NORI-9, DBT-2
    @Test("a closure, a named one, a function with its arguments, and a value that can be called")
    func forms() async throws {
        @Sendable func resize(path: String, width: Int, sharp: Bool) async throws -> String {
            "\(path) \(width) \(sharp)"
        }
        let test = try LoggedQueue()
        try await running(test.queue) {
            let number = try await test.queue.background { 6 * 7 }.value
            #expect(number == 42)
            let named = test.queue.background("warm the cache") { "warm" }
            #expect(try await named.value == "warm")
            #expect(try await named.status.name == "warm the cache")
            #expect(try await test.queue.background(resize, "a.png", 320, true).value == "a.png 320 true")
            let crop = Crop(margin: 4)
            #expect(try await test.queue.background(crop.callAsFunction, "a.png").value == "a.png without 4")
        }
    }

    // NUVOM-17, NORI-1
    @Test("closures stay in this process whatever the backend, and are counted and listed with the rest")
    func apart() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend)
        var ids: [JobID] = []
        for index in 0..<10 {
            if index % 2 == 0 {
                ids.append(test.queue.background {}.jobID)
            } else {
                ids.append(try await test.queue.background(Scripted { _ in "" }).jobID)
            }
        }
        #expect(backend.count(of: "insert") == 5)
        #expect(try await test.queue.counts().first?[.pending] == 10)
        #expect(try await test.queue.list().map(\.id) == ids.reversed())
        let page = try await test.queue.list(JobFilter(order: .oldest, limit: 4, offset: 3))
        #expect(page.map(\.id) == Array(ids[3..<7]))
        #expect(try await test.queue.list(JobFilter(limit: .max, offset: 8)).count == 2)
        #expect(try await test.queue.list(JobFilter(limit: -1, offset: -1)).isEmpty)
        let all = ids
        try await running(test.queue) {
            for id in all {
                let record = try await test.queue.end(of: id, until: nil)
                #expect(record?.state == .completed)
            }
        }
    }

    // ST-B7
    @Test("a full queue refuses; a closure's future says so, and the log does")
    func full() async throws {
        let test = try LoggedQueue { $0.limit = 3 }
        for _ in 0..<3 { test.queue.background {} }
        let refused: JobFuture<Int> = test.queue.background("one too many") { 1 }
        await #expect(throws: QueueError.full(limit: 3)) { try await refused.value }
        await #expect(throws: QueueError.full(limit: 3)) { try await refused.status }
        await #expect(throws: QueueError.full(limit: 3)) { try await refused.cancel() }
        await #expect(throws: QueueError.full(limit: 3)) { try await test.queue.background(Scripted { _ in "" }) }
        let line = try #require(test.lines.first { $0.level == "error" })
        #expect(
            line.message
                == "Background job one too many was not accepted: The queue is full: 3 jobs are waiting. "
                + "Raise QUEUE_LIMIT, add workers, or try again later.")
        #expect(line.metadata["job.id"] == "\(refused.jobID)")
        try await running(test.queue) {
            // Once there is room again, so is there for the next.
            for record in try await test.queue.list() { _ = try await test.queue.end(of: record.id, until: nil) }
            let value = try await test.queue.background { 2 }.value
            #expect(value == 2)
        }
    }

    // AT-21, AT-16, DBT-B9, NUVOM-B20, ASOK-B12
    @Test("what is kept of ended jobs is bounded, of completed ones and of dead letters each")
    func bounded() async throws {
        let test = try LoggedQueue { $0.retention.limit = 50 }
        try await running(test.queue) {
            for round in 0..<300 {
                let future: JobFuture<Void> = test.queue.background { if round % 2 == 0 { throw Boom() } }
                if round == 299 { try await future.value }
            }
        }
        let counts = try await test.queue.counts()
        #expect(counts.first?[.completed] == 50)
        #expect(counts.first?[.failed] == 50)
    }

    // AT-20
    @Test("a finished closure and what it held are let go")
    func released() async throws {
        final class Token: Sendable {}
        weak var token: Token?
        let test = try LoggedQueue()
        do {
            let own = Token()
            token = own
            let future = test.queue.background { _ = own }
            try await JobRunner(test.queue, stopsWhenDrained: true).run()
            #expect(try await future.status.state == .completed)
        }
        #expect(token == nil)
    }
}

private struct Crop: Sendable {
    var margin: Int

    func callAsFunction(_ path: String) async throws -> String { "\(path) without \(margin)" }
}
