import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Timeouts and cancellation", .timeLimit(.minutes(1)))
struct TimeoutTests {
    let clock = ManualClock()

    /// Waits for the watchdog to be set to a moment, and lets it come.
    private func reach(_ moment: Timestamp) async {
        await clock.untilSomebodySleeps(until: moment)
        clock.advance(to: moment)
    }

    // AT-8, NUVOM-10, NUVOM-X3
    @Test(
        "an attempt that takes too long is cancelled, and ends as the options say",
        arguments: [TimeoutPolicy.retry, .fail, .ignore])
    func policies(policy: TimeoutPolicy) async throws {
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock))
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    try await gate.pass()
                    return ""
                },
                options: JobOptions(
                    retry: .fixed(.seconds(100), maxAttempts: 2), timeout: .seconds(5), onTimeout: policy))
            await gate.untilArrived(1)
            await reach(clock.now + .seconds(5))
            switch policy {
            case .retry:
                await clock.untilSomebodySleeps(until: clock.now + .seconds(100))
                #expect(try await future.status.state == .retrying)
            case .fail:
                await #expect(throws: JobError.self) { try await future.value }
                #expect(try await future.status.state == .failed)
            case .ignore:
                await #expect(throws: JobError.cancelled) { try await future.value }
                #expect(try await test.queue.deadLetters().isEmpty)
            }
            #expect(try await future.status.failure?.message == "took longer than its timeout of 5.0 seconds")
        }
    }

    // AT-8, NUVOM-B6, ASOK-B17, DBT-B3
    @Test("code that ignores its timeout loses its slot and its thread; what it says later changes nothing")
    func stubborn() async throws {
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock), concurrency: 1)
        let gate = Gate()
        let late = Recorder<Bool>()
        try await running(test.queue) {
            let stuck = try await test.queue.background(
                Scripted { context in
                    gate.block()
                    try context.progress(0.9, "late")
                    late.record(true)
                    return "late"
                }, options: JobOptions(retry: .never, timeout: .seconds(5)))
            let next = try await test.queue.background(Scripted { _ in "next" })
            await gate.untilArrived(1)
            await reach(clock.now + .seconds(5))
            await reach(clock.now + .seconds(1))
            // The only slot and the only thread are stuck, and yet the next job is run.
            #expect(try await next.value == "next")
            await #expect(throws: JobError.self) { try await stuck.value }
            gate.open()
            await late.untilCount(1)
            #expect(try await stuck.status.state == .failed)
            #expect(try await stuck.status.progress == nil)
            let again = try await test.queue.background(Scripted { _ in "again" })
            #expect(try await again.value == "again")
        }
        #expect(test.errors.contains { $0.contains("ignores its timeout; it is given up and its thread replaced") })
        #expect(test.warnings.contains { $0.contains("ended after it had been given up") })
    }

    @Test("a job may clean up after its timeout")
    func cleanUp() async throws {
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock))
        let gate = Gate()
        let cleaned = Recorder<Bool>()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    do { try await gate.pass() } catch {
                        cleaned.record(context.isCancelled)
                        throw error
                    }
                    return ""
                }, options: JobOptions(timeout: .seconds(5), onTimeout: .fail))
            await gate.untilArrived(1)
            await reach(clock.now + .seconds(5))
            await #expect(throws: JobError.self) { try await future.value }
        }
        #expect(cleaned.values == [true])
    }

    // DBT-B12, ASOK-X14
    @Test("a waiting job is cancelled at once, a running one through its task")
    func cancellation() async throws {
        let test = try LoggedQueue(concurrency: 1)
        let gate = Gate()
        let runs = Counter()
        try await running(test.queue) {
            let first = try await test.queue.background(
                Scripted { _ in
                    try await gate.pass()
                    return ""
                })
            await gate.untilArrived(1)
            let second = try await test.queue.background(
                Scripted { _ in
                    runs.add()
                    return ""
                })
            #expect(try await second.cancel())
            await #expect(throws: JobError.cancelled) { try await second.value }
            #expect(try await first.cancel())
            await #expect(throws: JobError.cancelled) { try await first.value }
            #expect(try await !first.cancel())
            #expect(try await first.status.failure == nil)
        }
        #expect(runs.value == 0)
        #expect(try await test.queue.deadLetters().isEmpty)
    }

    @Test("a cancelled job that goes on regardless is cancelled, not retried, when its time is up")
    func stubbornlyCancelled() async throws {
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock))
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    await gate.passStubbornly()
                    return ""
                }, options: JobOptions(retry: .immediate(maxAttempts: 5), timeout: .seconds(5)))
            await gate.untilArrived(1)
            try await future.cancel()
            await reach(clock.now + .seconds(5))
            await reach(clock.now + .seconds(1))
            await #expect(throws: JobError.cancelled) { try await future.value }
            gate.open()
        }
        #expect(gate.arrived == 1)
    }

    @Test("cancelling the task that waits for a future leaves the job alone")
    func cancelledWaiter() async throws {
        let test = try LoggedQueue()
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    try await gate.pass()
                    return "done"
                })
            let waiter = Task { try await future.value }
            await gate.untilArrived(1)
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
            gate.open()
            #expect(try await future.value == "done")
        }
    }
}
