// Sees to it that no attempt takes longer than its timeout.
//
//     deadline ──► the attempt's task is cancelled ──grace──► written off: settled as timed out, its slot freed,
//                                                              one more thread for the pool while the old one is stuck
//
// The time of an attempt runs from when its code begins, not from its claim, and is the clock's uptime: a wall clock that
// is set neither ends an attempt nor lets it go on. Only the attempts in flight are looked at, and only when the nearest
// deadline may have come: nobody is told that an attempt begins, so one that still waits is looked at again when it would
// be over had it begun just then.

import Logging
import Synchronization

final class Watchdog: Sendable {
    let clock: JobClock
    private let grace: Duration
    private let slots: Slots
    private let pool: ThreadPool
    private let lanes: Lanes
    private let settler: Settler
    private let bell = Signal()
    private let alarm: Countdown
    private let stuck = Atomic<Int>(0)

    init(clock: JobClock, grace: Duration, slots: Slots, pool: ThreadPool, lanes: Lanes, settler: Settler) {
        self.clock = clock
        self.grace = grace
        self.slots = slots
        self.pool = pool
        self.lanes = lanes
        self.settler = settler
        self.alarm = Countdown(clock, raises: bell)
    }

    /// How many attempts went on after they were written off.
    var stuckAttempts: Int { stuck.load(ordering: .relaxed) }

    func watch(_ attempt: Attempt) { alarm.set(clock.uptime + attempt.job.spec.timeout) }

    /// An attempt that had been given up has ended after all.
    func endedLate(_ attempt: Attempt) {
        // What a shutdown gave up on was not replaced.
        if attempt.phase == .writtenOff {
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
        let now = clock.uptime
        for attempt in slots.running {
            guard let deadline = attempt.deadline else {
                if attempt.phase == .waiting { watch(attempt) }
                continue
            }
            if deadline > now {
                alarm.set(deadline)
            } else if deadline + grace > now {
                attempt.interrupt(.timeout)
                alarm.set(deadline + grace)
            } else {
                attempt.interrupt(.timeout)
                writeOff(attempt)
            }
        }
    }

    private func writeOff(_ attempt: Attempt) {
        guard attempt.writeOff() else { return }
        stuck.add(1, ordering: .relaxed)
        pool.replaceStuckThread()
        lanes.writeOff()
        attempt.logger.error(
            "Background job \(attempt.job.spec.name) ignores its timeout; it is given up and its thread replaced",
            metadata: ["job.timeout": "\(attempt.job.spec.timeout)", "stuck": "\(stuckAttempts)"])
        let wasCalledOff = attempt.interrupted == .request
        if !wasCalledOff { attempt.tellWrittenOff() }
        settler.ended(attempt, wasCalledOff ? .cancelled : .timedOut(after: attempt.job.spec.timeout))
    }
}
