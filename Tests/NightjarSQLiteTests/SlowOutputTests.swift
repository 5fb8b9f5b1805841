// What a job returned is written down by the app's own code, which may take its time.

import NightjarJobs
import NightjarSQLite
import NightjarTesting
import Testing

@Suite("Outputs", .timeLimit(.minutes(1)))
struct SlowOutputTests {
    static let gate = Gate()

    struct Picture: Codable, Sendable {
        var name = "picture"

        func encode(to encoder: any Encoder) throws {
            SlowOutputTests.gate.block()
            var container = encoder.singleValueContainer()
            try container.encode(name)
        }

        init() {}

        init(from decoder: any Decoder) throws { name = try decoder.singleValueContainer().decode(String.self) }
    }

    struct Paint: Job {
        func run(_ context: JobContext) async throws -> Picture { Picture() }
    }

    struct Greet: Job {
        func run(_ context: JobContext) async throws -> String { "hello" }
    }

    @Test("one that takes long to write down holds up nobody else")
    func blocking() async throws {
        let queue = JobQueue(backend: try await Store().backend)
        try queue.register(Paint.self)
        try queue.register(Greet.self)
        try await withWorkers(queue) {
            let slow = try await queue.background(Paint())
            await Self.gate.untilArrived(1)
            let quick = try await queue.background(Greet())
            #expect(try await quick.value(timeout: .seconds(20)) == "hello")
            Self.gate.open()
            #expect(try await slow.value(timeout: .seconds(20)).name == "picture")
        }
        await queue.close()
    }
}
