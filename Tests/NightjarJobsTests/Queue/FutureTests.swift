import Foundation
import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Futures", .timeLimit(.minutes(1)))
struct FutureTests {
    // ASOK-25, ASOK-27, ASOK-28, ASOK-29, NUVOM-5, NORI-B3
    @Test("id and status are there at once, the value when the job is done")
    func value() async throws {
        let test = try LoggedQueue()
        let gate = Gate()
        let future = try await test.queue.background(
            Scripted { _ in
                try await gate.pass()
                return "done"
            })
        #expect(try await future.status.state == .pending)
        try await running(test.queue) {
            await gate.untilArrived(1)
            #expect(try await future.status.state == .running)
            gate.open()
            #expect(try await future.value == "done")
            #expect(try await future.value == "done")
            let status = try await future.status
            #expect(status.state == .completed)
            #expect(try status.resultJSON() == Array("\"done\"".utf8))
        }
    }

    // AT-14, NUVOM-35, NUVOM-B12, ASOK-B11, DBT-15
    @Test("no value yet, a value of nothing and a value of nil are three things")
    func nothing() async throws {
        for backend in [nil, WrappedBackend()] {
            let test = try LoggedQueue(backend)
            try test.queue.register(MaybeNumber.self)
            try test.queue.register(PublicJob.self)
            let waiting = try await test.queue.background(MaybeNumber(number: nil), delay: .seconds(3600))
            await #expect(throws: JobError.timedOut) { try await waiting.value(timeout: .milliseconds(1)) }
            #expect(try await waiting.status.resultJSON() == nil)
            try await running(test.queue) {
                let none = try await test.queue.background(MaybeNumber(number: nil))
                #expect(try await none.value == nil)
                #expect(try await none.status.resultJSON() == Array("null".utf8))
                let some = try await test.queue.background(MaybeNumber(number: 7))
                #expect(try await some.value == 7)
                let void = try await test.queue.background(PublicJob())
                try await void.value
                #expect(try await void.status.resultJSON() == Array("null".utf8))
                let closure: JobFuture<Int?> = test.queue.background { nil }
                #expect(try await closure.value == nil)
                try await test.queue.background {}.value
                _ = try await test.queue.cancel(waiting.jobID)
            }
        }
    }

    // NUVOM-X6, NUVOM-26
    @Test("waiting has a limit; the job goes on")
    func timeout() async throws {
        let test = try LoggedQueue()
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    try await gate.pass()
                    return "late"
                })
            await gate.untilArrived(1)
            await #expect(throws: JobError.timedOut) { try await future.value(timeout: .milliseconds(5)) }
            await #expect(throws: JobError.timedOut) { try await future.value(timeout: .seconds(-5)) }
            gate.open()
            #expect(try await future.value(timeout: .seconds(30)) == "late")
        }
    }

    @Test("waiting with a limit looks once for each change, not all the time")
    func quietWaiting() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend)
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    for step in 1...5 { try context.progress(Double(step) / 5) }
                    try await gate.pass()
                    return "done"
                })
            await gate.untilArrived(1)
            let waiting = Task { try await future.value(timeout: .seconds(30)) }
            for _ in 0..<500 { await Task.yield() }
            gate.open()
            #expect(try await waiting.value == "done")
        }
        #expect(backend.count(of: "records") < 30)
    }

    // NUVOM-34, NUVOM-36
    @Test("a failure is rethrown with its type and message, a cancellation as such")
    func errors() async throws {
        let test = try LoggedQueue()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in throw Boom(text: "no luck") }, options: JobOptions(retry: .never))
            do {
                _ = try await future.value
                Issue.record("a failed job had a value")
            } catch JobError.failed(let failure) {
                #expect(failure.type.hasSuffix("Boom"))
                #expect(failure.message == "no luck")
                #expect(failure.attempt == 1)
            }
        }
        let unknown = test.queue.future(JobID(), of: Scripted.self)
        await #expect(throws: JobError.unknown(unknown.jobID)) { try await unknown.value }
        await #expect(throws: JobError.unknown(unknown.jobID)) { try await unknown.status }
        for try await _ in unknown.updates { Issue.record("an unknown job had a status") }
    }

    @Test("updates start with now, tell each change, and end with the job")
    func updates() async throws {
        let test = try LoggedQueue()
        let gate = Gate()
        let future = try await test.queue.background(
            Scripted { context in
                try await gate.pass()
                if context.attempt == 1 { throw Boom() }
                return "done"
            }, options: JobOptions(retry: .immediate(maxAttempts: 2)))
        let states = try await running(test.queue) {
            var states: [JobState] = []
            for try await status in future.updates {
                states.append(status.state)
                gate.open()
            }
            return states
        }
        #expect(states.last == .completed)
        #expect(states.first == .pending || states.first == .running)
        for try await status in future.updates { #expect(status.state == .completed) }
    }

    @Test("following a job ends with the task that follows")
    func cancelledUpdates() async throws {
        let test = try LoggedQueue()
        let future = try await test.queue.background(Scripted { _ in "" })
        let seen = Recorder<JobState>()
        let follower = Task { for try await status in future.updates { seen.record(status.state) } }
        await seen.untilCount(1)
        follower.cancel()
        await #expect(throws: CancellationError.self) { try await follower.value }
        #expect(seen.values == [.pending])
    }

    @Test("a hundred waiters of one job all get its value")
    func manyWaiters() async throws {
        let test = try LoggedQueue()
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    try await gate.pass()
                    return "done"
                })
            let waiters = (0..<100).map { _ in Task { try await future.value } }
            await gate.untilArrived(1)
            gate.open()
            for waiter in waiters { #expect(try await waiter.value == "done") }
        }
    }

    // AT-24, DBT-X6
    @Test("a unique job's second caller gets the first one's future, and is told so")
    func existing() async throws {
        let test = try LoggedQueue()
        let options = JobOptions(unique: UniquePolicy(key: "report-7"))
        let first = try await test.queue.background(Scripted { _ in "first" }, options: options)
        let second = try await test.queue.background(Scripted { _ in "second" }, options: options)
        #expect(!first.isExisting)
        #expect(second.isExisting)
        #expect(second.jobID == first.jobID)
        try await running(test.queue) {
            let value = try await second.value
            #expect(value == "first")
        }
    }

    // NUVOM-18
    @Test("many jobs at once: all or none, futures in order")
    func bulk() async throws {
        let test = try LoggedQueue { $0.limit = 10 }
        let jobs = (0..<8).map { index in Scripted { _ in "\(index)" } }
        let futures = try await test.queue.background(jobs)
        await #expect(throws: QueueError.full(limit: 10)) { try await test.queue.background(Array(jobs.prefix(3))) }
        #expect(try await test.queue.background([Scripted]()).isEmpty)
        try await running(test.queue) {
            for (index, future) in futures.enumerated() {
                let value = try await future.value
                #expect(value == "\(index)")
            }
        }
        #expect(try await test.queue.counts().first?[.completed] == 8)
    }
}

private struct MaybeNumber: Job {
    static let name = "maybe"
    var number: Int?
    func run(_ context: JobContext) async throws -> Int? { number }
}
