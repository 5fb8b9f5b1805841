// Several say at the same moment that an attempt is over. One is believed, and nothing is lost or counted twice.

import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

@Suite("Who says that an attempt is over", .timeLimit(.minutes(2)))
struct WriteOffTests {
    @Test("exactly one does, however its beginning, its end, a withdrawal and a write-off fall together")
    func oneWord() async {
        let bench = Bench(clock: .system)
        var endings = [0, 0, 0]
        for round in 0..<20_000 {
            let (hasRun, line) = (Counter(), StartLine())
            let attempt = bench.attempt(timeout: .seconds(3600)) { _ = hasRun.add() }
            async let next = Task(executorPreference: bench.pool) {
                line.start()
                return await attempt.run(in: Lane())
            }.value
            async let isWithdrawn = Task(executorPreference: bench.pool) {
                line.start()
                return attempt.withdraw()
            }.value
            async let isWrittenOff = Task(executorPreference: bench.pool) {
                line.start()
                for _ in 0..<(round % 50) where attempt.phase == .waiting {}
                return round.isMultiple(of: 2) ? attempt.writeOff() : attempt.abandon()
            }.value
            let (withdrawn, writtenOff, after) = await (isWithdrawn, isWrittenOff, next)
            let didRun = hasRun.value > 0
            let endedItself = !withdrawn && after != .writtenOff
            #expect([withdrawn, writtenOff, endedItself].count { $0 } == 1, "round \(round)")
            #expect(didRun == !withdrawn, "round \(round)")
            #expect(writtenOff == (after == .writtenOff), "round \(round)")
            #expect(attempt.hasFinished)
            endings[withdrawn ? 0 : writtenOff ? 1 : 2] += 1
        }
        // A race that nobody ever loses would have tested nothing.
        #expect(endings.allSatisfy { $0 > 0 }, "\(endings)")
        bench.pool.stop()
    }

    // AT-8, NUVOM-B6
    @Test("jobs that end just as they are given up cost no lane, no thread and no second ending")
    func atTheDeadline() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend, concurrency: 4) { $0.worker.timeoutGrace = .zero }
        let count = 1500
        let gate = Gate()
        try await running(test.queue) {
            let futures = try await test.queue.background(
                (0..<count).map { index in
                    Scripted { _ in
                        // Around the deadline, a little earlier and later each time, deaf to cancellation.
                        let end = ContinuousClock.now + .microseconds(600 + (index * 37) % 800)
                        while ContinuousClock.now < end {}
                        return ""
                    }
                }, options: JobOptions(retry: .never, timeout: .milliseconds(1)))
            for future in futures { _ = try? await future.value }
            // All lanes are there: as many jobs stand before the gate at once as are granted.
            let last = try await test.queue.background(
                (0..<4).map { _ in
                    Scripted { _ in
                        try await gate.pass()
                        return "through"
                    }
                })
            await gate.untilArrived(4)
            gate.open()
            for future in last { #expect(try await future.value == "through") }
        }
        let settled = backend.settlements.withLock { $0 }
        #expect(settled.count == count + 4)
        #expect(settled.values.allSatisfy { $0 == 1 })
    }
}

/// Where three stand until all are there.
private final class StartLine: Sendable {
    private let count = Atomic<Int>(0)

    func start() {
        count.add(1, ordering: .sequentiallyConsistent)
        for _ in 0..<2000 where count.load(ordering: .sequentiallyConsistent) < 3 {}
    }
}
