import NightjarTesting
import Testing

@testable import NightjarJobs

/// Jobs in memory that many bring at once: they are put down beside a store that is in use.
@Suite("Jobs brought by many at once", .timeLimit(.minutes(1)))
struct BroughtTests {
    @Test("a full queue takes not one job more than its limit, however many bring them")
    func limit() async throws {
        var configuration = JobQueueConfiguration()
        configuration.limit = 1000
        let queue = JobQueue(configuration: configuration)
        try queue.register(Scripted.self)
        let job = Scripted { _ in "" }
        let accepted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var accepted = 0
                    for _ in 0..<200 {
                        let future = try? await queue.background(job)
                        if future != nil { accepted += 1 }
                    }
                    return accepted
                }
            }
            return await group.reduce(0, +)
        }
        #expect(accepted == 1000)
        #expect(try await queue.counts().map { $0[.pending] } == [1000])
        let ids = try await queue.list().map(\.id)
        try await queue.cancel(try #require(ids.first))
        try await queue.background(job)
        await #expect(throws: QueueError.full(limit: 1000)) { try await queue.background(job) }
    }

    @Test("a job is there for whoever asks about it once it is accepted, however busy the store is")
    func visible() async throws {
        let queue = JobQueue()
        try queue.register(Scripted.self)
        let job = Scripted { _ in "" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        let future = try await queue.background(job)
                        #expect(try await future.status.state == .pending)
                    }
                }
            }
            // Keeps the store in use.
            group.addTask { for _ in 0..<200 { _ = try await queue.list() } }
            try await group.waitForAll()
        }
        #expect(try await queue.counts().map { $0[.pending] } == [4000])
    }

    @Test("what is brought while the worker stops has run or still waits, and nothing is left in between")
    func stopping() async throws {
        for _ in 0..<50 {
            let test = try LoggedQueue(concurrency: 4)
            let ran = Recorder<Int>()
            let isUnderWay = Signal()
            let bringers = try await running(test.queue) {
                let bringers = (0..<4).map { _ in
                    Task {
                        for number in 0..<50 {
                            test.queue.background { ran.record(number) }
                            if number == 25 { isUnderWay.raise() }
                        }
                    }
                }
                await isUnderWay.wait()
                return bringers
            }
            for bringer in bringers { await bringer.value }
            let counts = try await test.queue.counts()
            let total = { (state: JobState) in counts.reduce(0) { $0 + $1[state] } }
            #expect(total(.running) == 0)
            #expect(total(.completed) == ran.values.count)
            #expect(total(.completed) + total(.pending) == 200)
        }
    }
}
