// What listeners hear, and that no listener can hold the engine up.

import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

@Suite("Job events", .timeLimit(.minutes(1)))
struct EventTests {
    /// A queue whose events are recorded.
    private func heard(
        _ backend: (any JobBackend)? = nil, hookTimeout: Duration = .seconds(5)
    ) throws -> (LoggedQueue, Recorder<JobEvent>) {
        let test = try LoggedQueue(backend) { $0.hookTimeout = hookTimeout }
        let events = Recorder<JobEvent>()
        test.queue.listen("test") { events.record($0) }
        return (test, events)
    }

    // AT-15, NUVOM-49, DBT-X8
    @Test("a job's life is told from enqueued to succeeded", arguments: Kept.allCases)
    func success(kept: Kept) async throws {
        let (test, events) = try heard(kept.backend)
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    try context.progress(0.5, "half")
                    return ""
                }, options: JobOptions(queue: "mail", tags: ["t"], metadata: ["k": "v"]))
            _ = try await future.value
            let told = await events.until { $0.contains { $0.kind == .succeeded } && $0.count >= 3 }
            #expect(told.allSatisfy { $0.id == future.jobID && $0.name == "scripted" && $0.queue == "mail" })
            #expect(told.allSatisfy { $0.tags == ["t"] && $0.metadata == ["k": "v"] })
            #expect(told.map(\.kind).filter { $0 != .progressed } == [.enqueued, .started, .succeeded])
            #expect(told.map(\.attempt).first == 0 && told.last?.attempt == 1)
            let end = try #require(told.first { $0.kind == .succeeded })
            #expect(try #require(end.run) > .zero)
            #expect(end.wait != nil)
        }
    }

    @Test("progress is told with its fraction")
    func progress() async throws {
        let (test, events) = try heard()
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    try context.progress(0.25, "a quarter")
                    try await gate.pass()
                    return ""
                })
            let told = await events.until { $0.contains { $0.kind == .progressed } }
            #expect(told.last?.progress == JobProgress(fraction: 0.25, message: "a quarter"))
            gate.open()
            _ = try await future.value
        }
    }

    // NOBS-X6, DBT-X8
    @Test("retries and the failure at the end are told with what went wrong", arguments: Kept.allCases)
    func failure(kept: Kept) async throws {
        let (test, events) = try heard(kept.backend)
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in throw Boom() }, options: JobOptions(retry: .immediate(maxAttempts: 2)))
            await #expect(throws: JobError.self) { try await future.value }
            let told = await events.until { $0.contains { $0.kind == .failed } }
            #expect(told.map(\.kind) == [.enqueued, .started, .retried, .started, .failed])
            #expect(told.compactMap { $0.failure?.message } == ["boom", "boom"])
            #expect(told[2].next != nil)
        }
    }

    @Test("what happens to a job is told in its order, even if the next step begins before the last could be told of")
    func order() async throws {
        let begun = Recorder<Int>()
        let backend = WrappedBackend { method, moment in
            guard moment == .after else { return }
            if method == "insert" { _ = await begun.until { $0.contains(1) } }
            if method == "settle" { _ = await begun.until { $0.contains(2) } }
        }
        let (test, events) = try heard(backend)
        try await running(test.queue) {
            try await test.queue.background(
                Scripted { context in
                    begun.record(context.attempt)
                    throw Boom()
                }, options: JobOptions(retry: .immediate(maxAttempts: 2)))
            let told = await events.until { $0.contains { $0.kind == .failed } }
            #expect(told.map(\.kind) == [.enqueued, .started, .retried, .started, .failed])
            #expect(told.map(\.attempt) == [0, 1, 1, 2, 2])
        }
    }

    /// A job that has begun and goes on until it is called off.
    private func started(on queue: JobQueue) async throws -> JobFuture<String> {
        let gate = Gate()
        let job = try await queue.background(
            Scripted { _ in
                try await gate.pass()
                return ""
            })
        await gate.untilArrived(1)
        return job
    }

    @Test("a call-off is told for a job that waits and for one that runs")
    func cancelled() async throws {
        let (test, events) = try heard()
        let waiting = try await test.queue.background(Scripted { _ in "" }, delay: .seconds(3600))
        try await waiting.cancel()
        let told = await events.until { $0.contains { $0.kind == .cancelled } }
        #expect(told.map(\.kind) == [.enqueued, .cancelled])
        #expect(told.last?.run == nil)
        try await running(test.queue) {
            let job = try await started(on: test.queue)
            try await job.cancel()
            let told = await events.until { $0.count { $0.kind == .cancelled } == 2 }
            #expect(told.last?.id == job.jobID)
            #expect(told.last?.run != nil)
        }
    }

    @Test("a job that has ended by the time its call-off is answered is told once")
    func cancelledOnce() async throws {
        let events = Recorder<JobEvent>()
        let backend = WrappedBackend { method, moment in
            guard method == "cancel", moment == .after else { return }
            _ = await events.until { $0.contains { $0.kind == .cancelled } }
        }
        let test = try LoggedQueue(backend)
        test.queue.listen("test") { events.record($0) }
        try await running(test.queue) {
            let job = try await started(on: test.queue)
            try await job.cancel()
            _ = try await test.queue.background(Scripted { _ in "" }).value
            let told = await events.until { $0.contains { $0.kind == .succeeded } }
            #expect(told.count { $0.kind == .cancelled } == 1)
        }
    }

    @Test("a job that is put off, or given back at a shutdown, is told as released")
    func released() async throws {
        let events = Recorder<JobEvent>()
        let test = try LoggedQueue(WrappedBackend()) { $0.worker.shutdownWait = .zero }
        test.queue.listen("test") { events.record($0) }
        let gate = Gate()
        try await running(test.queue) {
            try await test.queue.background(Scripted { _ in throw Snooze(for: .seconds(3600)) })
            let told = await events.until { $0.contains { $0.kind == .released } }
            #expect(told.last?.next != nil)
            try await test.queue.background(
                Scripted { _ in
                    try await gate.pass()
                    return ""
                })
            await gate.untilArrived(1)
        }
        let told = await events.until { $0.count { $0.kind == .released } == 2 }
        #expect(told.count { $0.kind == .started } == 2)
    }

    @Test("a job whose worker died is told as rescued")
    func rescued() async throws {
        let clock = ManualClock()
        let backend = WrappedBackend(MemoryBackend(clock: clock.jobClock))
        let (test, events) = try heard(backend)
        let future = try await test.queue.background(Scripted { _ in "again" })
        _ = try await backend.claim(ClaimRequest(queues: .all, limit: 1, worker: "dead"))
        clock.advance(by: .seconds(31))
        try await running(test.queue) {
            let value = try await future.value
            #expect(value == "again")
            let told = await events.until { $0.contains { $0.kind == .succeeded } }
            #expect(told.map(\.kind) == [.enqueued, .rescued, .started, .succeeded])
            #expect(told[1].failure?.message == "worker died")
        }
    }

    @Test("how long a job was due, not how long it was put off, is how long it waited")
    func wait() async throws {
        let clock = ManualClock()
        let (test, events) = try heard(MemoryBackend(clock: clock.jobClock))
        try await test.queue.background(Scripted { _ in "" }, delay: .seconds(60))
        clock.advance(by: .seconds(63))
        try await running(test.queue) {
            let told = await events.until { $0.contains { $0.kind == .started } }
            #expect(told.last { $0.kind == .started }?.wait == .seconds(3))
        }
    }

    @Test("a listener that throws is logged and hears the next event")
    func throwing() async throws {
        let test = try LoggedQueue()
        let heard = Counter()
        test.queue.listen("broken") { _ in throw Boom(text: "\(heard.add())") }
        try await running(test.queue) { _ = try await test.queue.background(Scripted { _ in "" }).value }
        await test.queue.close()
        #expect(heard.value == 3)
        #expect(test.errors.count { $0.contains("listener broken threw") } == 3)
    }

    @Test("a listener that hangs is given up, hears the next event, and delays no job", arguments: [false, true])
    func hanging(blocksItsThread: Bool) async throws {
        let test = try LoggedQueue { $0.hookTimeout = .milliseconds(30) }
        let gate = Gate()
        let heard = Recorder<JobEvent.Kind>()
        test.queue.listen("stuck") { event in
            heard.record(event.kind)
            guard event.kind == .enqueued else { return }
            if blocksItsThread { gate.block() } else { await gate.passStubbornly() }
        }
        try await running(test.queue) {
            _ = try await test.queue.background(Scripted { _ in "" }).value
            await heard.until { $0.contains(.succeeded) }
            gate.open()
        }
        #expect(heard.values == [.enqueued, .started, .succeeded])
        #expect(test.errors.count { $0.contains("listener stuck took longer") } == 1)
    }

    @Test("a listener that does not come back is left alone after a few events, with one line, until it does")
    func leftAlone() async throws {
        let test = try LoggedQueue { $0.hookTimeout = .milliseconds(10) }
        let gate = Gate()
        let heard = Recorder<JobEvent.Kind>()
        test.queue.listen("stuck") { event in
            heard.record(event.kind)
            gate.block()
        }
        try await running(test.queue) {
            for _ in 1...4 { _ = try await test.queue.background(Scripted { _ in "" }).value }
            _ = await test.log.until { $0.contains { $0.message.contains("hears no more until it does") } }
            #expect(heard.values.count == 4)
            gate.open()
            _ = await heard.untilCount(12)
        }
        #expect(test.errors.count { $0.contains("took longer") } == 4)
    }

    @Test("events that nobody takes in time are dropped, counted and said, and every job runs")
    func overflow() async throws {
        let test = try LoggedQueue()
        let gate = Gate()
        let heard = Counter()
        test.queue.listen("slow", buffer: 10) { _ in
            heard.add()
            try await gate.pass()
        }
        let events = test.queue.events(buffer: 10)
        try await running(test.queue) {
            let futures = (0..<200).map { number in test.queue.background { number } }
            var values: [Int] = []
            for future in futures { values.append(try await future.value) }
            #expect(values == Array(0..<200))
            gate.open()
        }
        await test.queue.close()
        #expect(events.missed > 0)
        #expect(heard.value < 600)
        #expect(test.warnings.contains { $0.contains("events were dropped") })
    }

    @Test("a loop over events hears what happens after it was asked for, and ends with the queue")
    func loop() async throws {
        let test = try LoggedQueue()
        let events = test.queue.events()
        try await running(test.queue) { _ = try await test.queue.background(Scripted { _ in "" }).value }
        await test.queue.close()
        var kinds: [JobEvent.Kind] = []
        for await event in events { kinds.append(event.kind) }
        #expect(kinds == [.enqueued, .started, .succeeded])
    }

    @Test("with nobody listening no event is made, and whoever stops listening is forgotten")
    func unheard() async throws {
        let test = try LoggedQueue()
        do {
            let events = test.queue.events()
            #expect(test.queue.hooks.events.isHeard)
            withExtendedLifetime(events) {}
        }
        #expect(!test.queue.hooks.events.isHeard)
        test.queue.hooks.events.emit(unexpected())
    }

    private func unexpected() -> JobEvent {
        Issue.record("An event was made that nobody hears.")
        return JobEvent(.enqueued, JobID(), JobSpec(name: ""), attempt: 0, lease: 0, at: Timestamp(microseconds: 0))
    }
}
