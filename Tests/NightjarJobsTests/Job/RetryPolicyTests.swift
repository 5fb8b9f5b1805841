import Foundation
import Testing

@testable import NightjarJobs

@Suite("RetryPolicy")
struct RetryPolicyTests {
    private func seconds(_ policy: RetryPolicy, _ attempts: ClosedRange<Int>, chance: Double = 0) -> [Double] {
        attempts.compactMap { policy.delay(afterAttempt: $0, Boom(), chance: chance)?.inSeconds }
    }

    // NORI-13
    @Test("k⁴ · 15 seconds, exactly")
    func nori() {
        let policy = RetryPolicy.polynomial(power: 4, scale: 15)
        #expect(seconds(policy, 1...5) == [15, 240, 1215, 3840, 9375])
    }

    // DBT-25
    @Test("k⁴ + 5 seconds, exactly, up to the 25th")
    func djangoBackgroundTasks() {
        let policy = RetryPolicy.polynomial(power: 4, offset: 5, maxAttempts: 25)
        #expect(seconds(policy, 1...5) == [6, 21, 86, 261, 630])
        #expect(seconds(policy, 25...25) == [390_630])
        #expect(seconds(policy, 1...24).reduce(0, +) == 1_763_140)
    }

    // ASOK-7
    @Test("baseᵏ seconds, exactly", arguments: [2.0, 3, 1.5])
    func asok(base: Double) {
        let delays: [Double: [Double]] = [
            2: [2, 4, 8, 16, 32], 3: [3, 9, 27, 81, 243], 1.5: [1.5, 2.25, 3.375, 5.0625, 7.59375],
        ]
        #expect(seconds(.exponential(base: base), 1...5) == delays[base])
    }

    @Test("fixed, immediate and custom delays")
    func others() {
        #expect(seconds(.fixed(.milliseconds(2500)), 1...3) == [2.5, 2.5, 2.5])
        #expect(seconds(.immediate(), 1...2) == [0, 0])
        let custom = RetryPolicy.custom { attempt, error in error is Boom && attempt < 3 ? .seconds(attempt) : nil }
        #expect(seconds(custom, 1...4) == [1, 2])
        #expect(RetryPolicy.never.maxAttempts == 1)
    }

    // ASOK-X3
    @Test("a cap, and jitter on top of it only when asked for")
    func capAndJitter() {
        #expect(seconds(.exponential(base: 2).cap(.seconds(10)), 1...5) == [2, 4, 8, 10, 10])
        #expect(seconds(.exponential(base: 2), 1...3, chance: 1) == [2, 4, 8])
        #expect(seconds(.exponential(base: 2).jitter(0.5), 1...3, chance: 0) == [2, 4, 8])
        #expect(seconds(.exponential(base: 2).jitter(0.5), 1...3, chance: 1) == [3, 6, 12])
        #expect(seconds(.fixed(.seconds(10)).cap(.seconds(4)).jitter(1), 1...1, chance: 0.25) == [5])
    }

    @Test("a formula that leaves all bounds gives a long delay, not a crash")
    func overflow() {
        for policy in [
            RetryPolicy.exponential(base: 10), .exponential(base: 1e300), .polynomial(power: 300, scale: 1e300),
            .polynomial(power: 0.5, scale: 3), .exponential(base: 10).jitter(1),
        ] {
            for attempt in [1, 25, 4096, 5000, Int.max] {
                let delay = policy.delay(afterAttempt: attempt, Boom(), chance: 1)
                #expect((delay ?? .zero) > .zero)
                #expect((delay ?? .zero) <= .seconds(2 * 31_557_600_000))
            }
        }
    }

    // DBT-X9
    @Test("errors that retrying cannot help are not retried")
    func refused() {
        let policy = RetryPolicy.immediate().notRetrying(CardDeclined.self, CancellationError.self)
        #expect(policy.delay(afterAttempt: 1, CardDeclined(), chance: 0) == nil)
        #expect(policy.delay(afterAttempt: 1, CancellationError(), chance: 0) == nil)
        #expect(policy.delay(afterAttempt: 1, Boom(), chance: 0) == .zero)
    }

    @Test("a policy comes back from JSON as it was")
    func coding() throws {
        for policy in [
            RetryPolicy.exponential(base: 2.5, maxAttempts: 7).jitter(0.2).cap(.seconds(3)),
            .polynomial(power: 4, scale: 15, offset: 5), .fixed(.microseconds(1_500_001), maxAttempts: 2), .never,
        ] {
            let back = try JSONDecoder().decode(RetryPolicy.self, from: JSONEncoder().encode(policy))
            #expect(back.maxAttempts == policy.maxAttempts)
            for chance in [0, 0.5, 1] {
                #expect(seconds(back, 1...6, chance: chance) == seconds(policy, 1...6, chance: chance))
            }
        }
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(RetryPolicy.custom { _, _ in nil }) }
        #expect(throws: EncodingError.self) {
            try JSONEncoder().encode(RetryPolicy.immediate().notRetrying(CardDeclined.self))
        }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(RetryPolicy.self, from: Data(#"{"kind":"lunar"}"#.utf8))
        }
    }
}
