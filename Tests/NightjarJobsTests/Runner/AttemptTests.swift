import Foundation
import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Retries, snoozes and dead letters", .timeLimit(.minutes(1)))
struct AttemptTests {
    // NORI-14, NUVOM-2, ASOK-6, AT-9, NUVOM-11, NOBS-14, DBT-24, DBT-26
    @Test("a job is run exactly as often as granted, then it is a dead letter", arguments: [1, 2, 5])
    func exhausted(limit: Int) async throws {
        let test = try LoggedQueue()
        let runs = Counter()
        let future = try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in throw Boom(text: "run \(runs.add())") },
                options: JobOptions(retry: .immediate(maxAttempts: limit)))
            await #expect(throws: JobError.self) { try await future.value }
            return future
        }
        #expect(runs.value == limit)
        let record = try #require(try await test.queue.record(of: future.jobID))
        #expect(record.state == .failed)
        #expect(record.failures.map(\.message) == (1...limit).map { "run \($0)" })
        #expect(record.failures.map(\.attempt) == Array(1...limit))
        #expect(try await test.queue.deadLetters().map(\.id) == [future.jobID])
    }

    // NUVOM-B28, NOBS-B3
    @Test("a job that succeeds at last has its value and no failure, and had one id all the time")
    func succeedsAtLast() async throws {
        let test = try LoggedQueue()
        let ids = Recorder<JobID>()
        let (value, status) = try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    ids.record(context.id)
                    guard context.attempt == 3 else { throw Boom() }
                    return "attempt \(context.attempt) of \(context.maxAttempts)"
                }, options: JobOptions(retry: .immediate(maxAttempts: 4)))
            return (try await future.value, try await future.status)
        }
        #expect(value == "attempt 3 of 4")
        #expect(status.state == .completed)
        #expect(status.failure == nil)
        #expect(ids.values == [status.id, status.id, status.id])
    }

    // NORI-13, NORI-10, NORI-B9, ASOK-X13
    @Test("the k-th retry comes k⁴ · 15 seconds later, and no sooner")
    func backoff() async throws {
        let clock = ManualClock()
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock))
        let runs = Recorder<Timestamp>()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    runs.record(clock.now)
                    throw Boom()
                }, options: JobOptions(retry: .polynomial(power: 4, scale: 15, maxAttempts: 5)))
            for (attempt, delay) in [15.0, 240, 1215, 3840].enumerated() {
                await runs.untilCount(attempt + 1)
                let due = clock.now + .seconds(delay)
                await clock.untilSomebodySleeps(until: due)
                clock.advance(to: due - .microseconds(1))
                #expect(runs.values.count == attempt + 1)
                clock.advance(to: due)
            }
            await #expect(throws: JobError.self) { try await future.value }
        }
        let gaps = zip(runs.values.dropFirst(), runs.values).map { ($0 - $1).inSeconds }
        #expect(gaps == [15, 240, 1215, 3840])
    }

    // DBT-X9, NORI-22
    @Test("Discard, and errors that are not to be retried, end a job at once")
    func noRetry() async throws {
        let test = try LoggedQueue()
        let runs = Counter()
        try await running(test.queue) {
            let options = JobOptions(retry: .immediate(maxAttempts: 5).notRetrying(CardDeclined.self))
            for error in [CardDeclined(), Discard(reason: "the customer is gone")] as [any Error] {
                let future = try await test.queue.background(
                    Scripted { _ in
                        runs.add()
                        throw error
                    }, options: options)
                await #expect(throws: JobError.self) { try await future.value }
            }
        }
        #expect(runs.value == 2)
        #expect(try await test.queue.deadLetters().count == 2)
    }

    @Test("Retry says when; Snooze says when and costs no attempt")
    func ownDelays() async throws {
        let clock = ManualClock()
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock))
        let attempts = Recorder<Int>()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    attempts.record(context.attempt)
                    switch attempts.values.count {
                    case 1: throw Snooze(for: .seconds(30))
                    case 2: throw Retry(after: .seconds(40))
                    default: return "done"
                    }
                }, options: JobOptions(retry: .fixed(.seconds(5), maxAttempts: 2)))
            await clock.untilSomebodySleeps(until: clock.now + .seconds(30))
            #expect(try await future.status.state == .scheduled)
            clock.advance(by: .seconds(30))
            await clock.untilSomebodySleeps(until: clock.now + .seconds(40))
            #expect(try await future.status.state == .retrying)
            clock.advance(by: .seconds(40))
            #expect(try await future.value == "done")
        }
        #expect(attempts.values == [1, 1, 2])
    }

    // ASOK-B20, NUVOM-B18
    @Test("an operator's retry gives a dead letter all its attempts back")
    func operatorRetry() async throws {
        let test = try LoggedQueue()
        let runs = Recorder<Int>()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    runs.record(context.attempt)
                    if runs.values.count < 4 { throw Boom() }
                    return "at last"
                }, options: JobOptions(retry: .immediate(maxAttempts: 2)))
            await #expect(throws: JobError.self) { try await future.value }
            #expect(try await test.queue.retry([future.jobID]) == [future.jobID])
            #expect(try await future.value == "at last")
        }
        #expect(runs.values == [1, 2, 1, 2])
    }

    // ASOK-32, ASOK-33, NORI-20, DBT-24
    @Test("a failure is logged with the job's name, error, id and attempt; a retry is a warning")
    func logLines() async throws {
        let test = try LoggedQueue()
        let future = try await running(test.queue) {
            let future: JobFuture<Void> = test.queue.background(
                "send_webhook", options: JobOptions(retry: .immediate(maxAttempts: 2))
            ) { throw Boom(text: "connection refused") }
            await #expect(throws: JobError.self) { try await future.value }
            return future
        }
        #expect(
            test.warnings.contains {
                $0.hasPrefix("Background job send_webhook failed and will be retried:")
                    && $0.hasSuffix("connection refused")
            })
        let error = try #require(test.lines.first { $0.level == "error" })
        #expect(error.message.hasPrefix("Background job send_webhook failed: "))
        #expect(error.message.hasSuffix("Boom: connection refused"))
        #expect(error.metadata["job.id"] == "\(future.jobID)")
        #expect(error.metadata["job.attempt"] == "2")
    }

    // NUVOM-2, NUVOM-3
    @Test("storesResult: false keeps nothing, and says so")
    func noResult() async throws {
        let test = try LoggedQueue()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in "secret" }, options: JobOptions(storesResult: false))
            await #expect(throws: JobError.noResult("its result was not kept (storesResult is false)")) {
                try await future.value
            }
            #expect(try await future.status.state == .completed)
            #expect(try await future.status.resultJSON() == nil)
        }
    }

    // NUVOM-B18
    @Test("an output that cannot be stored does not make a job fail whose work is done")
    func unwritableOutput() async throws {
        let test = try LoggedQueue(WrappedBackend())
        try test.queue.register(Unwritable.self)
        try await running(test.queue) {
            let future = try await test.queue.background(Unwritable())
            await #expect(throws: JobError.self) { try await future.value }
            #expect(try await future.status.state == .completed)
            #expect(try await future.status.attempt == 1)
        }
        #expect(test.errors.contains { $0.contains("is done, but its result cannot be stored") })
    }

    @Test("an output that is too large for a store is lost, and so is the end of an error that never ends")
    func tooMuch() async throws {
        let test = try LoggedQueue(WrappedBackend())
        try await running(test.queue) {
            let large = try await test.queue.background(
                Scripted { _ in String(repeating: "x", count: Settler.largestOutput) })
            await #expect(throws: JobError.self) { try await large.value }
            #expect(try await large.status.state == .completed)
            let wordy = try await test.queue.background(
                Scripted { _ in throw Boom(text: String(repeating: "é", count: 100_000)) },
                options: JobOptions(retry: .never))
            await #expect(throws: JobError.self) { try await wordy.value }
            let message = try #require(try await test.queue.record(of: wordy.jobID)?.failures.last?.message)
            #expect(
                message.hasPrefix(String(repeating: "é", count: JobFailure.longestMessage) + "… (100000 characters)"))
            #expect(message.count < JobFailure.longestMessage + 40)
        }
        #expect(test.errors.contains { $0.contains("cannot be stored") && $0.contains("kept at the most") })
    }

    @Test("progress is reported to whoever follows, and nonsense is refused")
    func progress() async throws {
        let test = try LoggedQueue()
        let gate = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { context in
                    for wrong in [Double.nan, -0.1, 1.1, .infinity] {
                        do {
                            try context.progress(wrong)
                            return "\(wrong) was accepted"
                        } catch QueueError.invalid(let sentence) {
                            guard sentence.contains("must be from 0 to 1") else { return sentence }
                        }
                    }
                    try context.progress(0.4, "resizing")
                    try await gate.pass()
                    try context.progress(1)
                    return "done"
                })
            for try await status in future.updates {
                if status.progress == JobProgress(fraction: 0.4, message: "resizing") { gate.open() }
            }
            #expect(try await future.value == "done")
            #expect(try await future.status.progress == JobProgress(fraction: 1))
        }
    }
}

private struct Unwritable: Job {
    static let name = "unwritable"
    static var outputCoding: OutputCoding<Output> {
        OutputCoding(encode: { _ in throw Boom(text: "no ink") }, decode: { _ in Output() })
    }

    struct Output: Sendable {}
    func run(_ context: JobContext) async throws -> Output { Output() }
}
