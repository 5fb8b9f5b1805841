import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

@Suite("A backend that fails now and then", .timeLimit(.minutes(1)))
struct FlakyBackendTests {
    // DBT-X16
    @Test("nothing is lost, nothing runs twice at once, and the worker lives", arguments: [1 as UInt64, 2, 3])
    func flaky(seed: UInt64) async throws {
        let random = Mutex(SeededChance(state: seed))
        let refusedEndings = Counter()
        let backend = WrappedBackend { method, moment in
            // Enqueueing is the caller's to repeat; and what a claim hands out is not to get lost on the way back here.
            guard !["insert", "open", "records"].contains(method), method != "claim" || moment == .before else {
                return
            }
            guard random.withLock({ $0.isHeads(0.2) }) else { return }
            if method == "settle" { _ = refusedEndings.add() }
            throw WrappedBackend.Unavailable()
        }
        let test = try LoggedQueue(backend)
        let runs = Mutex<[Int: Int]>([:])
        try await running(test.queue) {
            let futures = try await test.queue.background(
                (0..<100).map { index in
                    Scripted { _ in
                        runs.withLock { $0[index, default: 0] += 1 }
                        return "\(index)"
                    }
                })
            for (index, future) in futures.enumerated() { #expect(try await future.value == "\(index)") }
        }
        #expect(runs.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<100).map { ($0, 1) }))
        let said = test.warnings.count { $0 == "The backend did not take endings; trying again" }
        #expect(said == refusedEndings.value)
    }

    @Test("an ending is insisted on until the store takes it")
    func insist() async throws {
        let refusals = Counter()
        let backend = WrappedBackend { method, moment in
            if method == "settle", moment == .before, refusals.add() <= 5 { throw WrappedBackend.Unavailable() }
        }
        let test = try LoggedQueue(backend)
        try await running(test.queue) {
            let value = try await test.queue.background(Scripted { _ in "kept" }).value
            #expect(value == "kept")
        }
        #expect(refusals.value >= 6)
    }

    // ASOK-X11
    @Test("an ending is kept for as long as the store's trouble may pass, however short the lease is")
    func longTrouble() async throws {
        struct DiskFull: StoreError { let mayPass = true }
        // By this clock no lease ever runs out.
        let clock = ManualClock()
        let refusals = Recorder<Void>()
        let isFull = Atomic<Bool>(true)
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock)) { method, moment in
            guard method == "settle", moment == .before, isFull.load(ordering: .relaxed) else { return }
            refusals.record(())
            throw DiskFull()
        }
        let test = try LoggedQueue(backend) { $0.worker.lease = .milliseconds(20) }
        let runs = Counter()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    runs.add()
                    return "kept"
                })
            // The pauses alone are longer than the lease by now.
            await refusals.untilCount(6)
            isFull.store(false, ordering: .relaxed)
            #expect(try await future.value == "kept")
        }
        #expect(runs.value == 1)
        #expect(test.errors.isEmpty)
    }

    @Test("a worker that is told to stop insists for a moment only, whatever the trouble is")
    func troubleAtTheEnd() async throws {
        struct DiskFull: StoreError { let mayPass = true }
        let backend = WrappedBackend { method, _ in if method == "settle" { throw DiskFull() } }
        let test = try LoggedQueue(backend) { $0.worker.shutdownWait = .milliseconds(50) }
        let begun = Recorder<Void>()
        try await running(test.queue) {
            _ = try await test.queue.background(
                Scripted { _ in
                    begun.record(())
                    return "lost"
                })
            await begun.untilCount(1)
        }
        #expect(test.errors.contains("Endings could not be stored; these jobs will run again"))
    }

    @Test("an ending that was stored although the store said it was not is not taken for a loss")
    func settledTwice() async throws {
        let answers = Counter()
        let backend = WrappedBackend { method, moment in
            if method == "settle", moment == .after, answers.add() == 1 { throw WrappedBackend.Unavailable() }
        }
        let test = try LoggedQueue(backend)
        try await running(test.queue) {
            let future = try await test.queue.background(Scripted { _ in "once" })
            #expect(try await future.value == "once")
            #expect(try await future.status.attempt == 1)
        }
    }

    @Test("a backend that throws CancellationError is a backend that failed, not the end of the worker")
    func cancellationError() async throws {
        let claims = Counter()
        let backend = WrappedBackend { method, moment in
            if method == "claim", moment == .before, claims.add() <= 3 { throw CancellationError() }
        }
        let test = try LoggedQueue(backend)
        try await running(test.queue) {
            let value = try await test.queue.background(Scripted { _ in "claimed" }).value
            #expect(value == "claimed")
        }
    }

    // AT-1, NORI-B2, ASOK-B6
    @Test("a job whose claim was lost on the way is rescued when its lease runs out")
    func lostClaim() async throws {
        let clock = ManualClock()
        let claims = Counter()
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock)) { method, moment in
            if method == "claim", moment == .after, claims.add() == 1 { throw WrappedBackend.Unavailable() }
        }
        let test = try LoggedQueue(backend)
        let lost = try await test.queue.background(Scripted { context in "attempt \(context.attempt)" })
        let start = clock.now
        try await running(test.queue) {
            await clock.untilSomebodySleeps(until: start + .seconds(30))
            clock.advance(to: start + .seconds(30))
            let value = try await lost.value
            #expect(value == "attempt 1")
            #expect(try await test.queue.record(of: lost.jobID)?.crashes == 1)
        }
    }

    // ASOK-X11, DBT-X16
    @Test("a store that is away is asked again after a while, not all the time, and work goes on when it is back")
    func outage() async throws {
        let clock = ManualClock()
        let isAway = Atomic<Bool>(true)
        let claims = Recorder<Timestamp>()
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock)) { method, moment in
            guard method == "claim", moment == .before else { return }
            claims.record(clock.now)
            if isAway.load(ordering: .relaxed) { throw WrappedBackend.Unavailable() }
        }
        let test = try LoggedQueue(backend)
        let future = try await test.queue.background(Scripted { _ in "at last" })
        try await running(test.queue) {
            await claims.untilCount(1)
            for _ in 0..<1000 { await Task.yield() }
            #expect(claims.values.count < 5, "while no time passes, nobody asks again and again")
            func passTime(until count: Int) async throws {
                while claims.values.count < count {
                    clock.advance(by: .seconds(5))
                    try await letOthersRun()
                }
            }
            try await passTime(until: 10)
            isAway.store(false, ordering: .relaxed)
            // No further than to the next claim: the job's own time must not run out before it begins.
            try await passTime(until: claims.values.count + 1)
            #expect(try await future.value == "at last")
            #expect(try await future.status.attempt == 1)
        }
    }

    // AT-3, NORI-24
    @Test("a job that takes longer than its lease runs once, because its lease is renewed")
    func heartbeat() async throws {
        let clock = ManualClock()
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock))
        let test = try LoggedQueue(backend)
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    try await gate.pass()
                    return "done"
                })
            await gate.untilArrived(1)
            for step in 1...20 {
                let beat = clock.now + .seconds(5)
                await clock.untilSomebodySleeps(until: beat)
                clock.advance(to: beat)
                // The next beat is set once this one has been answered.
                await clock.untilSomebodySleeps(until: beat + .seconds(5))
                #expect(try await backend.inner.rescue().isEmpty, "beat \(step)")
            }
            gate.open()
            #expect(try await future.value == "done")
            #expect(try await future.status.attempt == 1)
        }
        #expect(gate.arrived == 1)
    }

    // AT-3
    @Test("a job that has ended is nobody else's to start while the store does not take its ending")
    func unstoredEnding() async throws {
        let clock = ManualClock()
        let isUp = Atomic<Bool>(false)
        let refusals = Recorder<Void>()
        let renewals = Recorder<Void>()
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock)) { method, moment in
            if method == "renew", moment == .after { renewals.record(()) }
            guard method == "settle", moment == .before, !isUp.load(ordering: .sequentiallyConsistent) else { return }
            refusals.record(())
            throw WrappedBackend.Unavailable()
        }
        let test = try LoggedQueue(backend)
        try await running(test.queue) {
            let future = try await test.queue.background(Scripted { _ in "done" })
            await refusals.untilCount(1)
            for beat in 1...8 {
                await clock.untilSomebodySleeps(until: clock.now + .seconds(5))
                clock.advance(by: .seconds(5))
                await renewals.untilCount(beat)
                #expect(try await backend.inner.rescue().isEmpty, "beat \(beat)")
            }
            isUp.store(true, ordering: .sequentiallyConsistent)
            #expect(try await future.value == "done")
            #expect(try await future.status.attempt == 1)
        }
    }

    // AT-8
    @Test("a worker that is told its lease is lost stops the job and lets the new owner's word stand")
    func leaseLost() async throws {
        let clock = ManualClock()
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock))
        let test = try LoggedQueue(backend, concurrency: 1)
        let gate = Gate()
        let ended = Recorder<Bool>()
        let start = clock.now
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    defer { ended.record(context.isCancelled) }
                    try await gate.pass()
                    return "mine"
                })
            await gate.untilArrived(1)
            // Somebody else declares this worker dead and takes the job.
            await clock.untilSomebodySleeps(until: start + .seconds(5))
            let before = try #require(try await backend.inner.records([future.jobID]).first ?? nil)
            let renewal = Renewal(id: before.id, lease: before.lease, duration: .seconds(-1))
            #expect(try await backend.inner.renew([renewal]) == [.held])
            #expect(try await backend.inner.rescue().count == 1)
            let other = try #require(
                try await backend.inner.claim(ClaimRequest(queues: .all, limit: 1, worker: "other")).first)
            clock.advance(to: start + .seconds(5))
            #expect(await ended.untilCount(1) == [true])
            let answers = try await backend.inner.settle([
                Settlement(
                    id: other.id, lease: other.lease, disposition: .completed(.encoded(Array("\"theirs\"".utf8))))
            ])
            #expect(answers == [true])
            #expect(try await future.value == "theirs")
        }
    }

    // DESIGN §5.6, NUVOM-42, NORI-X4, ASOK-B9, NOBS-B4, DBT-B6
    @Test("a job of an unknown name stays in its queue, visible, with one warning")
    func unknownName() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend)
        let strangers = (0..<3).map { _ in
            NewJob(
                id: JobID(), spec: JobSpec(name: "from.tomorrow"), payload: .encoded([]), createdAt: backend.clock.now,
                dueAt: backend.clock.now)
        }
        _ = try await backend.insert(strangers)
        try await running(test.queue) {
            for _ in 0..<5 {
                let value = try await test.queue.background(Scripted { _ in "known" }).value
                #expect(value == "known")
            }
        }
        let records = try await backend.inner.records(strangers.map(\.id)).compactMap { $0 }
        #expect(records.map(\.state) == [.pending, .pending, .pending])
        #expect(records.allSatisfy { $0.attempt == 0 && $0.crashes == 0 && $0.failures.isEmpty })
        let warnings = test.lines.filter { $0.message.contains("does not know") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.metadata["job.name"] == "from.tomorrow")
    }

    @Test("a job of an unknown name is given back even if the store fails just then")
    func unknownNameFlaky() async throws {
        let refusals = Counter()
        let backend = WrappedBackend { method, moment in
            if method == "settle", moment == .before, refusals.add() == 1 { throw WrappedBackend.Unavailable() }
        }
        let test = try LoggedQueue(backend)
        let stranger = NewJob(
            id: JobID(), spec: JobSpec(name: "from.tomorrow"), payload: .encoded([]), createdAt: backend.clock.now,
            dueAt: backend.clock.now)
        _ = try await backend.insert([stranger])
        let settled = Recorder<JobState?>()
        backend.inner.subscribe { news in
            guard case .changed(let ids) = news, ids.contains(stranger.id) else { return }
            Task { settled.record(try await backend.inner.records([stranger.id]).first??.state) }
        }
        try await running(test.queue) { await settled.until { $0.contains(.pending) } }
        #expect(try await backend.inner.records([stranger.id]).first??.crashes == 0)
    }

    // AT-13, ASOK-B8, NOBS-B14, NUVOM-X14
    @Test("a job whose bytes cannot be read is a dead letter, never run, bytes kept, also when it is brought back")
    func undecodable() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend)
        let bytes = Array(#"{"wrong": true}"#.utf8)
        let broken = NewJob(
            id: JobID(), spec: JobSpec(name: "scripted", maxAttempts: 5), payload: .encoded(bytes),
            createdAt: backend.clock.now, dueAt: backend.clock.now)
        _ = try await backend.insert([broken])
        try await running(test.queue) {
            let future = test.queue.future(broken.id, of: Scripted.self)
            await #expect(throws: JobError.self) { try await future.value }
            let revived = try await test.queue.retry([broken.id])
            #expect(revived == [broken.id])
            await #expect(throws: JobError.self) { try await future.value }
        }
        let record = try #require(try await backend.inner.records([broken.id]).first ?? nil)
        #expect(record.state == .failed)
        #expect(record.attempt == 1)
        #expect(record.failures.last?.message.hasPrefix("The stored value of job scripted cannot be read") == true)
        guard case .encoded(bytes) = record.payload else {
            Issue.record("the bytes of a dead letter were not kept")
            return
        }
    }
}

private struct SeededChance: Sendable {
    var state: UInt64

    mutating func isHeads(_ probability: Double) -> Bool {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53) < probability
    }
}
