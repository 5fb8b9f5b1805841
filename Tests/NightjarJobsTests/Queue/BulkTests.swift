import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

@Suite("Many jobs at once")
struct BulkTests {
    // NUVOM-17, NUVOM-18
    @Test("one job for each value, in one step, futures in the order of the values")
    func map() async throws {
        for backend in [WrappedBackend(), WrappedBackend(keepsValues: true)] {
            let test = try LoggedQueue(backend)
            try test.queue.register(Double.self)
            let futures = try await test.queue.map(1...20) { Double(number: $0) }
            let inserts = backend.calls.withLock { $0["insert"] }
            #expect(inserts == 1)
            #expect(futures.map(\.jobID) == futures.map(\.jobID).sorted())
            let values = try await running(test.queue) {
                var values: [Int] = []
                for future in futures { values.append(try await future.value) }
                return values
            }
            #expect(values == (1...20).map { $0 * 2 })
        }
    }

    // NUVOM-18
    @Test("if one of them is not accepted, none is")
    func allOrNone() async throws {
        let test = try LoggedQueue { $0.limit = 5 }
        try test.queue.register(Double.self)
        await #expect(throws: QueueError.full(limit: 5)) { try await test.queue.map(1...6) { Double(number: $0) } }
        await #expect(throws: Boom.self) {
            try await test.queue.map(1...3) { number in
                if number == 3 { throw Boom() }
                return Double(number: number)
            }
        }
        #expect(try await test.queue.list().isEmpty)
        #expect(try await test.queue.enqueue([Double]()).isEmpty)
        try await test.queue.enqueue([Double(number: 1), Double(number: 2)])
        try await test.queue.enqueue(Double(number: 3))
        #expect(try await test.queue.list().count == 3)
    }

    @Test("a job's future can be had by its id, with what it returns or without")
    func futureByID() async throws {
        let backend = WrappedBackend()
        let elsewhere = JobQueue(backend: backend)
        try elsewhere.register(Double.self)
        let id = try await elsewhere.enqueue(Double(number: 21)).jobID

        let test = try LoggedQueue(backend)
        try test.queue.register(Double.self)
        try await running(test.queue) {
            let value: Int = try await elsewhere.future(id).value
            #expect(value == 42)
            let same = try await elsewhere.future(id, as: Int.self).value
            #expect(same == 42)
            try await elsewhere.future(id).value
            await #expect(throws: DecodingError.self) { try await elsewhere.future(id, as: [String].self).value }
            await #expect(throws: JobError.self) { try await elsewhere.future(JobID()).value }
        }
    }
}

private struct Double: Job {
    static let name = "double"
    var number: Int
    func run(_ context: JobContext) async throws -> Int { number * 2 }
}
