import Foundation
import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Options")
struct OptionsTests {
    /// The sentence with which options are refused.
    private func refusal(_ options: JobOptions) async throws -> String {
        let test = try LoggedQueue()
        do {
            try await test.queue.background(Scripted { _ in "" }, options: options)
            return "accepted"
        } catch QueueError.invalid(let sentence) { return sentence }
    }

    // "What bad input gets": a negative delay, zero attempts: an error that says so.
    // NOBS-B10
    @Test("what makes no sense is refused, in a sentence that names the value")
    func sentences() async throws {
        let cases: [(JobOptions, String)] = [
            (JobOptions(queue: ""), "“” is not a queue name"),
            (JobOptions(queue: "a b"), "“a b” is not a queue name: use 1 to 64 letters, digits, “-”, “_”, “.” or “:”"),
            (JobOptions(queue: String(repeating: "q", count: 65)), "is not a queue name"),
            (JobOptions(queue: "*"), "“*” is not a queue name"),
            (JobOptions(priority: 40_000), "priority 40000 is not from -32768 to 32767"),
            (JobOptions(retry: .immediate(maxAttempts: 0)), "maxAttempts is 0; a job needs at least 1 attempt"),
            (JobOptions(retry: .exponential(base: 0)), "the backoff's base is 0.0; it must be a positive number"),
            (JobOptions(retry: .exponential(base: .nan)), "the backoff's base is nan"),
            (JobOptions(retry: .polynomial(power: -1)), "must not be negative"),
            (JobOptions(retry: .fixed(.seconds(-1))), "the retry delay is negative (-1.0 seconds)"),
            (JobOptions(retry: .immediate().jitter(1.5)), "jitter is 1.5; it must be from 0 to 1"),
            (JobOptions(retry: .immediate().jitter(.nan)), "jitter is nan; it must be from 0 to 1"),
            (JobOptions(retry: .immediate().cap(.seconds(-1))), "the cap on delays is negative"),
            (JobOptions(timeout: .zero), "the timeout is 0.0 seconds; it must be longer than nothing"),
            (JobOptions(delay: .seconds(-5)), "the delay is negative (-5.0 seconds)"),
            (JobOptions(expires: .zero), "the job would expire before it could start (0.0 seconds)"),
            (JobOptions(unique: UniquePolicy(key: "")), "a unique key needs 1 to 200 bytes, not 0"),
            (JobOptions(unique: UniquePolicy(key: "k", for: .zero)), "must be longer than nothing"),
            (JobOptions(tags: [""]), "“” is not a tag: use 1 to 100 bytes"),
        ]
        for (options, sentence) in cases {
            let found = try await refusal(options)
            #expect(found.hasPrefix("scripted was not accepted: ") && found.contains(sentence), "\(found)")
        }
        #expect(try await refusal(JobOptions(queue: "mail.de:1", priority: -32768, tags: ["t"])) == "accepted")
    }

    @Test("a negative delay of the call is refused, too, for closures in their future")
    func negativeDelay() async throws {
        let test = try LoggedQueue()
        let error = await #expect(throws: QueueError.self) {
            try await test.queue.background(Scripted { _ in "" }, delay: .seconds(-1))
        }
        #expect(error == .invalid("scripted was not accepted: its delay is negative (-1.0 seconds)."))
        let future: JobFuture<Void> = test.queue.background("warm", delay: .seconds(-1)) {}
        await #expect(throws: QueueError.invalid("warm was not accepted: its delay is negative (-1.0 seconds).")) {
            try await future.value
        }
        #expect(test.errors.contains { $0.contains("Background job warm was not accepted") })
        #expect(try await test.queue.counts().isEmpty)
    }

    // ASOK-8, ASOK-6, DBT-X3, NUVOM-19, DBT-23, NUVOM-16, NUVOM-X4
    @Test("a call's options lie over the type's, and those over the queue's defaults")
    func levels() async throws {
        let test = try LoggedQueue {
            $0.defaults = JobDefaults(maxAttempts: 3, timeout: .seconds(77), retry: .immediate())
        }
        try test.queue.register(Typed.self)
        let plain = try await test.queue.background(Scripted { _ in "" })
        let spec = try #require(try await test.queue.record(of: plain.jobID)).spec
        #expect([spec.queue, "\(spec.priority)", "\(spec.maxAttempts)"] == ["default", "0", "3"])
        #expect(spec.timeout == .seconds(77))

        let typed = try await test.queue.background(Typed())
        let own = try #require(try await test.queue.record(of: typed.jobID))
        #expect([own.spec.queue, "\(own.spec.priority)", "\(own.spec.maxAttempts)"] == ["mail", "3", "8"])
        #expect(own.dueAt - own.createdAt == .seconds(60))

        let called = try await test.queue.background(
            Typed(), delay: .zero,
            options: JobOptions(priority: 9, tags: ["b", "a"], metadata: ["k": "call", "n": "new"]))
        let over = try #require(try await test.queue.record(of: called.jobID))
        #expect([over.spec.queue, "\(over.spec.priority)", "\(over.spec.maxAttempts)"] == ["mail", "9", "8"])
        #expect(over.spec.tags == ["a", "b"])
        #expect(over.spec.metadata == ["k": "call", "n": "new", "t": "type"])
        #expect(over.dueAt == over.createdAt)
    }

    // NORI-4
    @Test("a closure is run once unless its options say otherwise, with the queue's timeout")
    func closures() async throws {
        let test = try LoggedQueue { $0.defaults = JobDefaults(maxAttempts: 3, timeout: .seconds(77)) }
        let futures = [
            test.queue.background {}, test.queue.background("named") {},
            test.queue.background(options: JobOptions(queue: "low")) {},
        ]
        for future in futures {
            let spec = try #require(try await test.queue.record(of: future.jobID)).spec
            #expect(spec.maxAttempts == 1)
            #expect(spec.timeout == .seconds(77))
        }
        let retried = test.queue.background(options: JobOptions(retry: .immediate())) {}
        #expect(try await test.queue.record(of: retried.jobID)?.spec.maxAttempts == 3)
    }

    @Test("queue selections are read as people write them")
    func selections() throws {
        #expect(try QueueSelection(parsing: " high, default ,low,high").named == ["high", "default", "low"])
        #expect(try QueueSelection(parsing: "*").includesOthers)
        #expect(try QueueSelection(parsing: "high,*").description == "high,*")
        for wrong in ["", " ", ",", "a b", "high;low"] {
            #expect(throws: QueueError.self) { try QueueSelection(parsing: wrong) }
        }
    }

    @Test("moments and durations saturate instead of overflowing")
    func saturation() {
        let (first, last) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        #expect(last + .seconds(1) == last)
        #expect(first - .seconds(1) == first)
        #expect(last + .seconds(Int64.max) == last)
        #expect(last - first == .microseconds(Int64.max))
        #expect(first - last == .microseconds(Int64.min))
        #expect(Timestamp(Date.distantFuture).date == Date.distantFuture)
        #expect(Timestamp(Date(timeIntervalSince1970: 1e300)) == last)
        #expect(Timestamp(Date(timeIntervalSince1970: -1e300)) == first)
    }
}

private struct Typed: Job {
    static let name = "typed"
    static let options = JobOptions(
        queue: "mail", priority: 3, retry: .exponential(base: 2, maxAttempts: 8), delay: .seconds(60), tags: ["a"],
        metadata: ["k": "type", "t": "type"])

    func run(_ context: JobContext) async throws {}
}
