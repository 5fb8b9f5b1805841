// The wall clock is set while jobs run. Intervals go on as if nothing had happened.

import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

@Suite("The wall clock is set", .timeLimit(.minutes(1)))
struct JumpTests {
    static let hour = Duration.seconds(3600)
    let clock = ManualClock()

    // AT-3
    @Test("heartbeats go on, and the job stays its worker's", arguments: [hour, .zero - hour])
    func heartbeat(jump: Duration) async throws {
        let beats = Recorder<Timestamp>()
        let clock = clock
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock)) { method, moment in
            if method == "renew", moment == .after { beats.record(clock.now) }
        }
        let test = try LoggedQueue(backend)
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    try await gate.pass()
                    return "done"
                })
            await gate.untilArrived(1)
            await clock.untilSomebodySleeps(until: clock.now + .seconds(5))
            clock.jump(by: jump)
            for beat in 1...10 {
                await clock.untilSomebodySleeps(until: clock.now + .seconds(5))
                clock.advance(by: .seconds(5))
                await beats.untilCount(beat)
                #expect(try await backend.inner.rescue().isEmpty)
            }
            gate.open()
            #expect(try await future.value == "done")
        }
        #expect(gate.arrived == 1)
    }

    // AT-8
    @Test("a timeout takes as long as it says", arguments: [hour, .zero - hour])
    func timeout(jump: Duration) async throws {
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock))
        let gate = Gate()
        let deadlines = Recorder<Timestamp>()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    deadlines.record(context.deadline)
                    do { try await gate.pass() } catch {
                        deadlines.record(context.deadline)
                        throw error
                    }
                    return ""
                }, options: JobOptions(retry: .never, timeout: .seconds(60)))
            await gate.untilArrived(1)
            #expect(deadlines.values == [clock.now + .seconds(60)])
            clock.jump(by: jump)
            await clock.untilSomebodySleeps(until: clock.now + .seconds(60))
            clock.advance(by: .seconds(59))
            #expect(try await future.status.state == .running)
            await clock.untilSomebodySleeps(until: clock.now + .seconds(1))
            clock.advance(by: .seconds(1))
            await #expect(throws: JobError.self) { try await future.value }
            #expect(deadlines.values.last == clock.now)
        }
    }

    @Test("a worker whose store failed asks again soon, though the clock was set back meanwhile")
    func pause() async throws {
        let claims = Counter()
        let clock = clock
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock)) { method, moment in
            guard method == "claim", moment == .before, claims.add() == 1 else { return }
            throw WrappedBackend.Unavailable()
        }
        let test = try LoggedQueue(backend)
        let future = try await test.queue.background(Scripted { _ in "claimed" })
        let start = clock.now
        try await running(test.queue) {
            while !clock.alarms.contains(where: { $0 <= start + .milliseconds(50) }) { try await letOthersRun() }
            clock.jump(by: .zero - Self.hour)
            clock.advance(by: .milliseconds(50))
            let value = try await future.value
            #expect(value == "claimed")
        }
    }

    @Test("what waits for a thread is not timed out: the time counts from when its code begins")
    func waiting() async throws {
        let bench = Bench(clock: clock.jobClock)
        let gate = Gate()
        let early = bench.attempt(timeout: .seconds(5)) { try await gate.pass() }
        let late = bench.attempt(timeout: .seconds(5)) { try await gate.pass() }
        let watching = Task { await bench.watchdog.run() }
        let first = Task { await early.run(in: Lane()) }
        await gate.untilArrived(1)
        await clock.untilSomebodySleeps(until: clock.now + .seconds(5))
        clock.advance(by: .seconds(5))
        // The watchdog has looked once it sleeps again, and the one that waits has its time still before it.
        await clock.untilSomebodySleeps(until: clock.now + .seconds(1))
        #expect(early.interrupted == .timeout)
        #expect(late.interrupted == .none)
        #expect(late.phase == .waiting)
        let second = Task { await late.run(in: Lane()) }
        await gate.untilArrived(2)
        #expect(late.deadline == clock.uptime + .seconds(5))
        gate.open()
        _ = await (first.value, second.value)
        watching.cancel()
        await watching.value
    }
}

/// What an attempt needs around it, without a worker.
struct Bench: Sendable {
    let watchdog: Watchdog
    let slots: Slots
    let lanes: Lanes
    let pool = ThreadPool(name: "bench", threads: 4, priority: .normal)
    private let settler: Settler
    private let queue: JobQueue

    init(clock: JobClock, grace: Duration = .seconds(1)) {
        let pacemaker = Pacemaker()
        queue = JobQueue(backend: MemoryBackend(clock: clock))
        slots = Slots(4, pacemaker: pacemaker, freed: Signal(), runsAhead: false)
        lanes = Lanes(4, on: pool)
        settler = Settler(
            backend: queue.backend, registry: queue.registry, worker: "bench", lease: .seconds(30), slots: slots,
            thread: pool, pacemaker: pacemaker, logger: queue.logger)
        watchdog = Watchdog(clock: clock, grace: grace, slots: slots, pool: pool, lanes: lanes, settler: settler)
    }

    /// An attempt in hand that nobody has begun.
    func attempt(timeout: Duration, _ work: @escaping @Sendable () async throws -> Void) -> Attempt {
        let now = queue.backend.clock.now
        let job = ClaimedJob(
            id: JobID(), spec: JobSpec(name: "bench", timeout: timeout), payload: .encoded([]), context: .none,
            attempt: 1, crashes: 0, lease: 1, createdAt: now, claimedAt: now)
        let attempt = Attempt(
            job, runnable: ClosureJob(work), captured: nil, settler: settler, watchdog: watchdog,
            logger: queue.logger)
        slots.take(attempt)
        watchdog.watch(attempt)
        return attempt
    }
}
