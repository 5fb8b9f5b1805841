import Testing

@testable import NightjarJobs

@Suite("Pace: how closely the engine follows its jobs")
struct PaceTests {
    private let start = ContinuousClock.now

    /// A pace after so many endings in each of the first milliseconds.
    private func pace(after endings: [Int]) -> Pace {
        var pace = Pace(at: start)
        for (index, count) in endings.enumerated() { pace.ended(count, at: start + .milliseconds(index + 1)) }
        return pace
    }

    @Test("with few endings it sleeps until it is woken, and takes nothing ahead")
    func calm() {
        var pace = pace(after: [1, 19, 0, 19])
        #expect(!pace.isBusy)
        #expect(pace.ahead == 0)
        #expect(pace.rest(at: start + .milliseconds(4)) == .zero)
    }

    @Test("with many endings it looks at every beat, and takes jobs ahead: the more, the faster they end")
    func busy() {
        var pace = pace(after: [20])
        #expect(pace.isBusy)
        let slow = pace.ahead
        #expect(slow > 0)
        #expect(pace.rest(at: start + .milliseconds(1)) == Pace.beat)
        pace.ended(400, at: start + .milliseconds(2))
        #expect(pace.ahead > slow)
        pace.ended(1_000_000, at: start + .milliseconds(3))
        #expect(pace.ahead == Pace.mostAhead)
    }

    @Test("one ending after a long silence is no haste, a burst after it is")
    func afterSilence() {
        var pace = pace(after: [50])
        pace.ended(1, at: start + .seconds(60))
        #expect(!pace.isBusy)
        pace.ended(50, at: start + .seconds(60) + .milliseconds(1))
        #expect(pace.isBusy)
    }

    @Test("when nothing has ended for a while it is calm, so an idle engine has no beat")
    func becomesCalm() {
        var pace = pace(after: [100])
        #expect(pace.rest(at: start + .milliseconds(1) + .microseconds(400)) == Pace.beat)
        #expect(pace.rest(at: start + .milliseconds(2)) == .zero)
        #expect(pace.ahead == 0)
    }
}
