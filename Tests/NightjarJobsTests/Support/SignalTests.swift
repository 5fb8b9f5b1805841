import NightjarJobs
import NightjarTesting
import Testing

@Suite("Signal", .timeLimit(.minutes(1)))
struct SignalTests {
    @Test("a raise before the wait is remembered, and many count as one")
    func remembered() async {
        let signal = Signal()
        for _ in 0..<100 { signal.raise() }
        await signal.wait()
        let next = Recorder<Bool>()
        let waiting = Task {
            await signal.wait()
            next.record(true)
        }
        signal.raise()
        await next.untilCount(1)
        await waiting.value
    }

    @Test("no raise is lost between waits, however the two race")
    func race() async {
        let signal = Signal()
        let pushed = Counter()
        let rounds = 20_000
        let consumer = Task {
            var seen = 0
            while seen < rounds {
                await signal.wait()
                seen = pushed.value
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<(rounds / 4) {
                        pushed.add()
                        signal.raise()
                    }
                }
            }
        }
        await consumer.value
    }

    @Test("cancelling the task ends its wait, before and during it")
    func cancellation() async {
        for _ in 0..<500 {
            let signal = Signal()
            let waiting = Task { await signal.wait() }
            waiting.cancel()
            await waiting.value
        }
    }

    @Test("a wait with a limit that ended early leaves nothing behind")
    func limitLeavesNothing() async {
        let signal = Signal()
        for _ in 0..<50 {
            signal.raise()
            await signal.wait(until: .now + .seconds(3600))
        }
        // Were the cancelled limit to raise the signal, this wait would end at once instead of with its task.
        for _ in 0..<100 { await Task.yield() }
        let ended = Recorder<Bool>()
        let waiting = Task {
            await signal.wait()
            ended.record(Task.isCancelled)
        }
        for _ in 0..<100 { await Task.yield() }
        waiting.cancel()
        #expect(await ended.untilCount(1) == [true])
    }

    @Test("a limit that passes ends the wait")
    func limitPasses() async {
        let signal = Signal()
        await signal.wait(until: .now)
        await signal.wait(until: .now + .milliseconds(1))
    }
}
