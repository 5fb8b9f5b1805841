import NightjarTesting
import ServiceLifecycle
import Testing

@testable import NightjarJobs

@Suite("Shutdown", .timeLimit(.minutes(1)))
struct ShutdownTests {
    // NORI-3, ASOK-2, ASOK-B16, NORI-X11
    @Test("jobs in memory are run to the last, retries that are due included")
    func drain() async throws {
        let test = try LoggedQueue(concurrency: 2)
        let gate = Gate()
        let runs = Counter()
        try await running(test.queue) {
            for _ in 0..<2 { test.queue.background { try await gate.pass() } }
            for _ in 0..<100 {
                test.queue.background(options: JobOptions(retry: .immediate(maxAttempts: 2))) {
                    if runs.add() % 2 == 1 { throw Boom() }
                }
            }
            await gate.untilArrived(2)
            Task {
                // The shutdown begins with two in flight and a hundred waiting.
                gate.open()
            }
        }
        let counts = try await test.queue.counts()
        #expect(counts.reduce(0) { $0 + $1[.pending] + $1[.running] + $1[.retrying] } == 0)
    }

    // NORI-15, AT-2, DBT-B1
    @Test("a durable backend's worker finishes what is in flight and claims nothing more")
    func finishInFlight() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend, concurrency: 2)
        let gate = Gate()
        let jobs = try await test.queue.background(
            (0..<10).map { _ in
                Scripted { _ in
                    try await gate.pass()
                    return "done"
                }
            })
        try await running(test.queue) { group in
            await gate.untilArrived(2)
            await group.triggerGracefulShutdown()
            await test.log.until { lines in
                lines.contains { $0.message == "Worker claims no more jobs" && $0.metadata["running"] == "2" }
            }
            gate.open()
        }
        let states = try await backend.inner.records(jobs.map(\.jobID)).compactMap { $0?.state }
        #expect(states.filter { $0 == .completed }.count == 2)
        #expect(states.filter { $0 == .pending }.count == 8)
        #expect(try await backend.inner.list(JobFilter()).allSatisfy { $0.state == .completed || $0.attempt == 0 })
        #expect(gate.arrived == 2)
    }

    // AT-2, ST-B5, DBT-B13, NUVOM-B24
    @Test("what takes too long is cancelled and goes back to its queue; the attempt is not counted")
    func release() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend) { $0.worker.shutdownWait = .milliseconds(20) }
        let gate = Gate()
        let polite = try await test.queue.background(
            Scripted { _ in
                try await gate.pass()
                return ""
            }, options: JobOptions(retry: .never))
        try await running(test.queue) { await gate.untilArrived(1) }
        let record = try #require(try await backend.inner.records([polite.jobID]).first ?? nil)
        #expect(record.state == .pending)
        #expect(record.attempt == 0)
        #expect(record.crashes == 0)
        #expect(record.failures.isEmpty)
    }

    @Test("a job that hears nothing goes back to its queue, too, and what it says later changes nothing")
    func releaseStubborn() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend) { $0.worker.shutdownWait = .milliseconds(20) }
        let gate = Gate()
        let late = Recorder<Bool>()
        let stubborn = try await test.queue.background(
            Scripted { _ in
                gate.block()
                late.record(true)
                return "late"
            }, options: JobOptions(retry: .never))
        try await running(test.queue) { await gate.untilArrived(1) }
        #expect(try await backend.inner.records([stubborn.jobID]).first??.state == .pending)
        gate.open()
        await late.untilCount(1)
        let record = try #require(try await backend.inner.records([stubborn.jobID]).first ?? nil)
        #expect(record.state == .pending)
        #expect(record.attempt == 0)
    }

    @Test("a group whose time is over does not wait for jobs any longer")
    func overdue() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend) { $0.worker.shutdownWait = .seconds(600) }
        let gate = Gate()
        let polite = try await test.queue.background(
            Scripted { _ in
                try await gate.pass()
                return ""
            })
        await #expect(throws: CancellationError.self) {
            try await running(test.queue, for: .milliseconds(50)) { await gate.untilArrived(1) }
        }
        let record = try #require(try await backend.inner.records([polite.jobID]).first ?? nil)
        #expect(record.state == .pending)
        #expect(record.attempt == 0)
    }

    @Test("what memory cannot keep is said")
    func loss() async throws {
        let test = try LoggedQueue()
        try await running(test.queue) {
            try await test.queue.background(Scripted { _ in "" }, delay: .seconds(3600))
        }
        let warning = test.lines.first { $0.message.contains("lost with this process") }
        #expect(warning?.metadata["count"] == "1")
    }

    @Test("a claim that was under way when the shutdown came leaves no job behind as running")
    func claimUnderWay() async throws {
        let (claiming, go) = (Gate(), Gate())
        let backend = WrappedBackend { method, moment in
            // The store has handed the job out, and its answer is still on the way.
            if method == "claim", moment == .after, claiming.arrived == 0 { claiming.block() }
        }
        let test = try LoggedQueue(backend)
        let future = try await test.queue.background(
            Scripted { _ in
                try await go.pass()
                return "done"
            })
        go.open()
        try await running(test.queue) { group in
            await claiming.untilArrived(1)
            await group.triggerGracefulShutdown()
            claiming.open()
        }
        let record = try #require(try await backend.inner.records([future.jobID]).first ?? nil)
        #expect([.pending, .completed].contains(record.state))
        #expect(record.crashes == 0)
    }

    // NORI-B13, NUVOM-26
    @Test("an idle worker that is told to stop stops at once, whatever it waits for")
    func idle() async throws {
        let clock = ManualClock()
        for backend in [MemoryBackend(clock: clock.jobClock), WrappedBackend(MemoryBackend(clock: clock.jobClock))]
            as [any JobBackend]
        {
            let test = try LoggedQueue(backend)
            try await running(test.queue) {
                let later = try await test.queue.background(Scripted { _ in "" }, delay: .seconds(3600))
                await clock.untilSomebodySleeps(until: clock.now + .seconds(3600))
                #expect(try await later.status.state == .scheduled)
            }
            // Stopped by now, and the clock that every pause is measured with has not moved.
        }
    }

    @Test("a runner that stops when drained runs what is due, retries included, and returns")
    func stopsWhenDrained() async throws {
        for backend in [nil, WrappedBackend()] {
            let test = try LoggedQueue(backend, concurrency: 2)
            let runs = Counter()
            for _ in 0..<20 {
                try await test.queue.background(
                    Scripted { context in
                        runs.add()
                        if context.attempt < 3 { throw Boom() }
                        return ""
                    }, options: JobOptions(retry: .immediate(maxAttempts: 3)))
            }
            try await JobRunner(test.queue, stopsWhenDrained: true).run()
            #expect(runs.value == 60)
            #expect(try await test.queue.list(JobFilter(states: [.completed])).count == 20)
        }
    }
}
