// Sees to it that no attempt takes longer than its timeout.
//
//     deadline ──► the attempt's task is cancelled ──grace──► written off: settled as timed out, its slot freed,
//                                                              one more thread for the pool while the old one is stuck
//
// Only the attempts in flight are looked at, and only when the nearest deadline has come.

import Logging
import Synchronization

final class Watchdog: Sendable {
    private let clock: JobClock
    private let grace: Duration
    private let slots: Slots
    private let pool: ThreadPool
    private let lanes: Lanes
    private let settler: Settler
    private let bell = Signal()
    private let alarm: Alarm
    private let stuck = Atomic<Int>(0)

    init(clock: JobClock, grace: Duration, slots: Slots, pool: ThreadPool, lanes: Lanes, settler: Settler) {
        self.clock = clock
        self.grace = grace
        self.slots = slots
        self.pool = pool
        self.lanes = lanes
        self.settler = settler
        self.alarm = Alarm(clock, raises: bell)
    }

    /// How many attempts went on after they were written off.
    var stuckAttempts: Int { stuck.load(ordering: .relaxed) }

    func watch(_ attempt: Attempt) { alarm.set(attempt.deadline) }

    /// An attempt that had been given up, here or by a shutdown, has ended after all.
    func endedLate(_ attempt: Attempt) {
        if attempt.isWrittenOff.load(ordering: .sequentiallyConsistent) {
            stuck.subtract(1, ordering: .relaxed)
            pool.retireReplacement()
        }
        attempt.logger.warning(
            "Background job \(attempt.job.spec.name) ended after it had been given up; its result is lost")
    }

    func run() async {
        while !Task.isCancelled {
            await bell.wait()
            look()
        }
    }

    private func look() {
        let now = clock.now
        for attempt in slots.running {
            if attempt.deadline > now {
                alarm.set(attempt.deadline)
            } else if attempt.deadline + grace > now {
                attempt.interrupt(.timeout)
                alarm.set(attempt.deadline + grace)
            } else {
                attempt.interrupt(.timeout)
                writeOff(attempt)
            }
        }
    }

    private func writeOff(_ attempt: Attempt) {
        attempt.isWrittenOff.store(true, ordering: .sequentiallyConsistent)
        guard attempt.finish() else { return }
        guard attempt.isInLane else { return settler.ended(attempt, .timedOut(after: attempt.job.spec.timeout)) }
        stuck.add(1, ordering: .relaxed)
        pool.replaceStuckThread()
        lanes.writeOff()
        attempt.logger.error(
            "Background job \(attempt.job.spec.name) ignores its timeout; it is given up and its thread replaced",
            metadata: ["job.timeout": "\(attempt.job.spec.timeout)", "stuck": "\(stuckAttempts)"])
        let wasCalledOff = attempt.interrupted == .request
        settler.ended(attempt, wasCalledOff ? .cancelled : .timedOut(after: attempt.job.spec.timeout))
    }
}
