import NightjarTesting
import Testing

@testable import NightjarJobs

/// Jobs that end in microseconds, so that the engine takes some ahead, and what happens to those when it must not have.
@Suite("Lanes: jobs taken ahead", .timeLimit(.minutes(1)))
struct LanesTests {
    private static let tiny = 5000

    private func tinyJobs() -> [Scripted] {
        let job = Scripted { _ in "" }
        return Array(repeating: job, count: Self.tiny)
    }

    // ASOK-B2, NUVOM-B3
    @Test("when short jobs are followed by long ones, no more run than are granted and the rest goes back to wait")
    func longAfterShort() async throws {
        let test = try LoggedQueue(concurrency: 2)
        let gate = Gate()
        try await test.queue.background(tinyJobs())
        let long = try await test.queue.background(
            (0..<50).map { _ in
                Scripted { _ in
                    try await gate.pass()
                    return "done"
                }
            })
        try await running(test.queue) {
            await gate.untilArrived(2)
            while try await test.queue.counts().first?[.pending] != 48 { try await letOthersRun() }
            #expect(gate.arrived == 2)
            gate.open()
            for future in long { #expect(try await future.value == "done") }
        }
        let records = try await test.queue.backend.records(long.map(\.jobID)).compactMap { $0 }
        #expect(records.allSatisfy { $0.attempt == 1 && $0.state == .completed })
    }

    @Test("a job that is cancelled in the midst of short ones takes none of them with it")
    func cancelAmongShort() async throws {
        let test = try LoggedQueue(concurrency: 1)
        let gate = Gate()
        let before = try await test.queue.background(tinyJobs())
        let victim = try await test.queue.background(
            Scripted { _ in
                try await gate.pass()
                return ""
            })
        let after = try await test.queue.background(tinyJobs())
        try await running(test.queue) {
            await gate.untilArrived(1)
            try await victim.cancel()
            for future in before + after { _ = try await future.value }
        }
        await #expect(throws: JobError.cancelled) { try await victim.value }
    }

    @Test("every one of many short jobs runs once")
    func once() async throws {
        let test = try LoggedQueue(concurrency: 10)
        let runs = Recorder<JobID>()
        let job = Scripted { context in
            runs.record(context.id)
            return ""
        }
        try await running(test.queue) {
            let futures = try await test.queue.background(Array(repeating: job, count: Self.tiny))
            for future in futures { _ = try await future.value }
        }
        #expect(Set(runs.values).count == Self.tiny)
        #expect(runs.values.count == Self.tiny)
    }
}
