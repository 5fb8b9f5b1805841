import Testing

@testable import NightjarJobs

@Suite("What becomes of a job after an attempt")
struct DispositionTests {
    private static let now = Timestamp(microseconds: 1_900_000_000_000_000)

    private func decide(
        _ ending: Ending, attempt: Int = 1, of limit: Int = 5, _ policy: RetryPolicy = .fixed(.seconds(10)),
        onTimeout: TimeoutPolicy = .retry
    ) -> String {
        let ended = EndedAttempt(
            number: attempt, maxAttempts: limit, policy: policy, onTimeout: onTimeout, worker: "w1")
        switch disposition(after: ending, of: ended, now: Self.now, chance: 0) {
        case .completed(.live(let value)): return "completed \(value)"
        case .completed: return "completed"
        case .retrying(let moment, let failure):
            return "retrying in \((moment - Self.now).inSeconds): \(failure.message)"
        case .failed(let failure): return "failed: \(failure.message)"
        case .scheduled(let moment): return "scheduled in \((moment - Self.now).inSeconds)"
        case .pending: return "pending"
        case .cancelled(let failure): return "cancelled\(failure.map { ": \($0.message)" } ?? "")"
        }
    }

    @Test("it is completed when the code returned, whatever the attempt")
    func returned() {
        #expect(decide(.returned(.live(42))) == "completed 42")
        #expect(decide(.returned(.none), attempt: 5) == "completed")
    }

    // NORI-14, DBT-22, DBT-B17, AT-9
    @Test("a job that throws on its last attempt is a dead letter", arguments: [1, 5, 25])
    func lastAttempt(limit: Int) {
        if limit > 1 {
            #expect(decide(.threw(Boom()), attempt: limit - 1, of: limit) == "retrying in 10.0: boom")
        }
        #expect(decide(.threw(Boom()), attempt: limit, of: limit) == "failed: boom")
        #expect(decide(.threw(Boom()), attempt: limit + 1, of: limit) == "failed: boom")
    }

    @Test("an error that the policy refuses, or gives no delay for, is final")
    func refused() {
        #expect(decide(.threw(CardDeclined()), .immediate().notRetrying(CardDeclined.self)) == "failed: CardDeclined()")
        #expect(decide(.threw(Boom()), .custom { _, _ in nil }) == "failed: boom")
    }

    @Test("a delay counts from now, and a negative one is none")
    func delays() {
        #expect(decide(.threw(Boom()), attempt: 3, .exponential(base: 2)) == "retrying in 8.0: boom")
        #expect(decide(.threw(Boom()), .custom { _, _ in .seconds(-5) }) == "retrying in 0.0: boom")
    }

    // DBT-X9
    @Test("what the job asks for: Retry, Snooze, Discard")
    func signals() {
        #expect(decide(.threw(Retry(after: .seconds(7), reason: "busy"))) == "retrying in 7.0: busy")
        #expect(decide(.threw(Retry(after: .seconds(-7), reason: "busy"))) == "retrying in 0.0: busy")
        #expect(decide(.threw(Retry(after: .seconds(7), reason: "busy")), attempt: 5) == "failed: busy")
        #expect(decide(.threw(Snooze(for: .seconds(9))), attempt: 5) == "scheduled in 9.0")
        #expect(decide(.threw(Snooze(for: .seconds(-9)))) == "scheduled in 0.0")
        #expect(decide(.threw(Discard(reason: "gone"))) == "failed: gone")
    }

    // AT-8, NUVOM-X3
    @Test("a timeout is retried, final, or ignored, as the options say")
    func timeouts() {
        let ending = Ending.timedOut(after: .seconds(2))
        #expect(decide(ending) == "retrying in 10.0: took longer than its timeout of 2.0 seconds")
        #expect(decide(ending, attempt: 5) == "failed: took longer than its timeout of 2.0 seconds")
        #expect(decide(ending, onTimeout: .fail) == "failed: took longer than its timeout of 2.0 seconds")
        #expect(decide(ending, onTimeout: .ignore) == "cancelled: took longer than its timeout of 2.0 seconds")
    }

    // AT-2, DBT-B1
    @Test("a release and a cancellation are no failures")
    func notFailures() {
        #expect(decide(.released, attempt: 5) == "pending")
        #expect(decide(.cancelled) == "cancelled")
    }

    // ASOK-B18, NUVOM-34
    @Test("a failure says what, when, which attempt, and where")
    func failure() {
        let ended = EndedAttempt(number: 3, maxAttempts: 3, policy: .never, worker: "w1")
        guard case .failed(let failure) = disposition(after: .threw(Boom()), of: ended, now: Self.now, chance: 0) else {
            Issue.record("a job without attempts left did not fail")
            return
        }
        #expect(failure.type.hasSuffix("Boom"))
        #expect(failure == JobFailure(type: failure.type, message: "boom", attempt: 3, at: Self.now, worker: "w1"))
    }
}
