import Foundation
import Logging
import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

// ASOK-X7, NUVOM-X2
@Suite("Schedules that run", .timeLimit(.minutes(1)))
struct CronClockTests {
    // AT-17, NUVOM-B21, DBT-B11, ASOK-X8
    @Test("four processes fire a schedule of every second, and each tick is one job")
    func fourProcesses() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let queues = try (0..<4).map { _ in try play.process().queue }
        for queue in queues { try queue.schedule(play.job, .every(.seconds(1)), name: "tick") }
        try await running(queues[0]) {
            try await running(queues[1]) {
                try await running(queues[2]) {
                    try await running(queues[3]) {
                        try await play.untilAsleep("2026-06-01T12:00:01Z")
                        for tick in 1...30 {
                            play.pass(.seconds(1))
                            _ = await play.ran(tick)
                        }
                    }
                }
            }
        }
        let start = try utc("2026-06-01T12:00:00Z")
        #expect(play.runs.values == (1...30).map { utc(start.addingTimeInterval(TimeInterval($0))) })
        #expect(try await play.jobs().count == 30)
    }

    // NUVOM-B10
    @Test("a cron expression fires at its times")
    func cron() async throws {
        let play = try Scheduler(at: "2026-06-05T17:54:30Z")
        let queue = try play.process().queue
        try queue.schedule(play.job, .cron("*/5 8-18 * * mon-fri", in: "Europe/London"))
        try await running(queue) {
            for moment in ["2026-06-05T17:55:00Z", "2026-06-08T07:00:00Z", "2026-06-08T07:05:00Z"] {
                try await play.untilAsleep(moment)
                try play.set(moment)
                #expect(await play.runs.until { $0.last == moment }.last == moment)
            }
        }
        #expect(try await play.jobs().count == 3)
    }

    @Test(
        "when clocks are moved, a daily time in the gap fires right after it, and one that comes twice fires once",
        arguments: [
            ("2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
            ("2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ])
    func clocksMoved(start: String, firings: [String]) async throws {
        let play = try Scheduler(at: start)
        let queue = try play.process().queue
        try queue.schedule(play.job, .daily(at: "02:30", in: "Europe/Paris"))
        try await running(queue) {
            for (number, moment) in zip(1..., firings) {
                try await play.untilAsleep(moment)
                try play.set(moment)
                #expect(await play.ran(number) == Array(firings.prefix(number)))
            }
        }
    }

    @Test("a new schedule fires nothing for the time before it was seen, unless it runs at once: then once")
    func firstSight() async throws {
        let play = try Scheduler(at: "2026-06-01T08:00:30Z")
        let queues = try (0..<2).map { _ in try play.process().queue }
        for queue in queues {
            try queue.schedule(play.job, .daily(at: "08:00"), name: "later", missed: .latest)
            try queue.schedule(play.job, .daily(at: "08:00"), name: "now", missed: .latest, runsAtOnce: true)
        }
        for queue in queues {
            try await running(queue) {
                #expect(await play.ran(1) == ["2026-06-01T08:00:30Z"])
                try await play.untilAsleep("2026-06-02T08:00:00Z")
            }
        }
        #expect(try await play.jobs().map { $0.spec.tags } == [["schedule:now"]])
    }

    // AT-17
    @Test("a weekly firing missed in a downtime is made up for once, although all its jobs are long pruned")
    func latest() async throws {
        let play = try Scheduler(at: "2026-06-01T07:00:00Z")
        let before = try play.process().queue
        try before.schedule(play.job, .weekly(on: .monday, at: "08:00"), name: "weekly", missed: .latest)
        try await running(before) {
            try await play.untilAsleep("2026-06-01T08:00:00Z")
            try play.set("2026-06-01T08:00:00Z")
            #expect(await play.ran(1) == ["2026-06-01T08:00:00Z"])
        }
        // Two Mondays go by with nobody there.
        try play.set("2026-06-18T12:00:00Z")
        while try await play.store.prune(Retention(completed: .seconds(1), failed: .seconds(1))) > 0 {}
        #expect(try await play.jobs().isEmpty)
        for _ in 1...2 {
            let after = try play.process().queue
            try after.schedule(play.job, .weekly(on: .monday, at: "08:00"), name: "weekly", missed: .latest)
            try await running(after) {
                #expect(await play.ran(2) == ["2026-06-01T08:00:00Z", "2026-06-15T08:00:00Z"])
                try await play.untilAsleep("2026-06-22T08:00:00Z")
            }
        }
        #expect(play.runs.values.count == 2)
    }

    // DBT-X5
    @Test("what was missed is skipped by default, which is logged; the rhythm stays that of the schedule")
    func skip() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let before = try play.process().queue
        try before.schedule(play.job, .every(.seconds(3600)), name: "hourly")
        try await running(before) { try await play.untilAsleep("2026-06-01T13:00:00Z") }
        try play.set("2026-06-01T16:30:00Z")
        let after = try play.process()
        try after.queue.schedule(play.job, .every(.seconds(3600)), name: "hourly")
        try await running(after.queue) {
            try await play.untilAsleep("2026-06-01T17:00:00Z")
            #expect(play.runs.values.isEmpty)
            try play.set("2026-06-01T17:00:00Z")
            #expect(await play.ran(1) == ["2026-06-01T17:00:00Z"])
        }
        let line = after.lines.first { $0.message == "A missed firing is skipped" }
        #expect(line?.metadata["firing"] == "hourly@2026-06-01T16:00:00Z")
    }

    @Test("a clock that is set back makes schedules wait until it has caught up, which is logged and listed")
    func setBack() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:30Z")
        let before = try play.process().queue
        try before.schedule(play.job, .every(.seconds(60)), name: "minutely")
        try await running(before) {
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            try play.set("2026-06-01T12:01:00Z")
            _ = await play.ran(1)
        }
        try play.set("2026-06-01T02:00:00Z")
        let after = try play.process()
        try after.queue.schedule(play.job, .every(.seconds(60)), name: "minutely")
        try await running(after.queue) {
            try await play.untilAsleep("2026-06-01T12:02:00Z")
            let next = try await after.queue.schedules().first?.next
            #expect(utc(next) == "2026-06-01T12:02:00Z")
        }
        let lines = after.lines.filter { $0.message.hasPrefix("The clock was set back") }
        #expect(lines.map { $0.metadata["schedule"] } == ["minutely"])
        #expect(play.runs.values.count == 1)
    }

    @Test("a paused schedule fires in no process, and when it is resumed only from the next firing on")
    func paused() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let (queue, other) = (try play.process().queue, try play.process().queue)
        for queue in [queue, other] {
            try queue.schedule(play.job, .every(.seconds(60)), name: "minutely", missed: .latest)
        }
        try await running(queue) {
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            try await other.pauseSchedule("minutely")
            #expect(try await other.schedules().first?.isPaused == true)
            for minute in 1...3 {
                play.pass(.seconds(60))
                try await play.untilAsleep("2026-06-01T12:0\(minute + 1):00Z")
            }
            try await other.resumeSchedule("minutely")
            play.pass(.seconds(60))
            #expect(await play.ran(1) == ["2026-06-01T12:04:00Z"])
        }
        let status = try #require(try await other.schedules().first)
        #expect(utc(status.lastFiring) == "2026-06-01T12:04:00Z")
        #expect(status.lastJob == (try await play.jobs().first?.id))
        #expect(try await play.jobs().count == 1)
    }

    // AT-17, DBT-B7
    @Test("a schedule whose jobs fail for good fires again and again")
    func failing() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let queue = try play.process().queue
        let job = Scripted { [runs = play.runs] context in
            runs.record(utc(context.scheduledTime))
            throw Boom()
        }
        try queue.schedule(job, .every(.seconds(60)), options: JobOptions(retry: .never))
        try await running(queue) {
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            for number in 1...30 {
                play.pass(.seconds(60))
                _ = await play.ran(number)
            }
        }
        #expect(try await play.jobs().count { $0.state == .failed } == 30)
    }

    // ASOK-B22
    @Test("a store that fails, before it did what it was asked to or after, neither loses a firing nor doubles one")
    func failingStore() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let calls = Counter()
        let queues = try (0..<3).map { _ in
            try play.process { method, _ in
                guard ["move", "schedules"].contains(method), calls.add() % 5 == 0 else { return }
                throw WrappedBackend.Unavailable()
            }
        }
        for queue in queues { try queue.queue.schedule(play.job, .every(.seconds(1)), name: "tick") }
        try await running(queues[0].queue) {
            try await running(queues[1].queue) {
                try await running(queues[2].queue) {
                    try await play.untilAsleep("2026-06-01T12:00:01Z")
                    for tick in 1...10 {
                        play.pass(.seconds(1))
                        _ = await play.ran(tick)
                    }
                }
            }
        }
        #expect(Set(play.runs.values).count == 10)
        #expect(try await play.jobs().count == 10)
        #expect(queues.contains { $0.errors.contains("A schedule could not fire; trying again") })
    }

    @Test("a clock that was days ahead does not silence a schedule once it is right again")
    func wrongClock() async throws {
        let play = try Scheduler(at: "2026-06-10T12:00:00Z")
        let wrong = try play.process().queue
        try wrong.schedule(play.job, .every(.seconds(60)), name: "minutely", missed: .latest)
        try await running(wrong) {
            try await play.untilAsleep("2026-06-10T12:01:00Z")
            play.pass(.seconds(60))
            _ = await play.ran(1)
        }
        try play.set("2026-06-01T12:00:00Z")
        let right = try play.process()
        try right.queue.schedule(play.job, .every(.seconds(60)), name: "minutely", missed: .latest)
        try await running(right.queue) {
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            play.pass(.seconds(60))
            #expect(await play.ran(2) == ["2026-06-10T12:01:00Z", "2026-06-01T12:01:00Z"])
        }
        #expect(right.warnings.contains { $0.hasPrefix("A schedule stood in the future") })
    }

    @Test("a clock set back by minutes fires nothing twice")
    func clockSetBack() async throws {
        let play = try Scheduler(at: "2026-06-01T11:59:30Z")
        let queue = try play.process().queue
        try queue.schedule(play.job, .every(.seconds(60)))
        try await running(queue) {
            try await play.untilAsleep("2026-06-01T12:00:00Z")
            play.pass(.seconds(30))
            _ = await play.ran(1)
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            try play.set("2026-06-01T11:59:30Z")
            play.pass(.seconds(90))
            #expect(await play.ran(2) == ["2026-06-01T12:00:00Z", "2026-06-01T12:01:00Z"])
        }
    }

    @Test("a schedule that is declared while jobs run fires, too")
    func declaredLate() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let queue = try play.process().queue
        try await running(queue) {
            try queue.schedule(play.job, .every(.seconds(60)))
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            play.pass(.seconds(60))
            #expect(await play.ran(1) == ["2026-06-01T12:01:00Z"])
        }
    }

    // DBT-X5
    @Test("after its last moment a schedule fires no more, and has no next firing")
    func ends() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let queue = try play.process().queue
        try queue.schedule(play.job, .every(.seconds(60)), name: "short", until: utc("2026-06-01T12:02:00Z"))
        try queue.schedule(play.job, .every(.seconds(60)), name: "long")
        try await running(queue) {
            for minute in 1...4 {
                try await play.untilAsleep("2026-06-01T12:0\(minute):00Z")
                play.pass(.seconds(60))
                _ = await play.ran(minute + min(minute, 2))
            }
        }
        #expect(try await play.jobs().count { $0.spec.tags == ["schedule:short"] } == 2)
        let statuses = try await queue.schedules()
        #expect(statuses.map(\.name) == ["short", "long"])
        #expect(statuses.map { utc($0.next) } == ["never", "2026-06-01T12:05:00Z"])
    }

    @Test("a unique job that still waits or runs is not overlapped by the next firing")
    func noOverlap() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let queue = try play.process().queue
        let gate = Gate()
        let job = Scripted { [runs = play.runs] context in
            runs.record(utc(context.scheduledTime))
            try await gate.pass()
            return ""
        }
        try queue.schedule(
            job, .every(.seconds(60)), name: "slow", options: JobOptions(unique: UniquePolicy(key: "slow")))
        try await running(queue) {
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            for minute in 1...3 {
                play.pass(.seconds(60))
                try await play.untilAsleep("2026-06-01T12:0\(minute + 1):00Z")
            }
            gate.open()
        }
        #expect(play.runs.values == ["2026-06-01T12:01:00Z"])
        #expect(utc(try await queue.schedules().first?.lastFiring) == "2026-06-01T12:03:00Z")
    }

    // ASOK-42
    @Test("a firing's job knows its schedule and time in every attempt, and has neither request nor parent")
    func marks() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let queue = try play.process(context: Everywhere()).queue
        let seen = Recorder<[String?]>()
        let job = Scripted { context in
            seen.record([context.schedule, utc(context.scheduledTime), context.metadata["own"]])
            if context.attempt == 1 { throw Boom() }
            return ""
        }
        let options = JobOptions(queue: "low", retry: .immediate(), tags: ["own"], metadata: ["own": "value"])
        try queue.schedule(job, .every(.seconds(60)), name: "marked", options: options)
        try await running(queue) {
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            play.pass(.seconds(61))
            await seen.untilCount(2)
        }
        #expect(seen.values == Array(repeating: ["marked", "2026-06-01T12:01:00Z", "value"], count: 2))
        let record = try #require(try await play.jobs().first)
        #expect(record.spec.tags == ["own", "schedule:marked"])
        #expect(record.spec.queue == "low")
        #expect(record.requestID == nil && record.parent == nil)
        guard case .none = record.context else { return #expect(Bool(false), "\(record.context)") }
    }

    @Test("a schedule that is run by hand runs now, says so by having no time, and fires on as before")
    func byHand() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let queue = try play.process().queue
        try queue.schedule(play.job, .every(.seconds(60)), name: "minutely")
        try await running(queue) {
            try await play.untilAsleep("2026-06-01T12:01:00Z")
            let (id, isExisting) = try await queue.runSchedule("minutely")
            #expect(!isExisting)
            #expect(await play.ran(1) == ["never"])
            #expect(try await queue.record(of: id)?.spec.tags == ["schedule:minutely"])
            play.pass(.seconds(60))
            #expect(await play.ran(2) == ["never", "2026-06-01T12:01:00Z"])
        }
    }

    @Test("a worker that stops when there is nothing to do first makes up for what a schedule missed")
    func drained() async throws {
        let play = try Scheduler(at: "2026-06-01T12:00:00Z")
        let before = try play.process().queue
        try before.schedule(play.job, .daily(at: "08:00"), name: "daily", missed: .latest)
        try await running(before) { try await play.untilAsleep("2026-06-02T08:00:00Z") }
        try play.set("2026-06-02T20:00:00Z")
        let after = try play.process().queue
        try after.schedule(play.job, .daily(at: "08:00"), name: "daily", missed: .latest)
        try await JobRunner(after, stopsWhenDrained: true).run()
        #expect(play.runs.values == ["2026-06-02T08:00:00Z"])
    }

    @Test("schedules in memory fire without a database, and closures' own store fires none")
    func inMemory() async throws {
        let clock = ManualClock(Timestamp(try utc("2026-06-01T12:00:00Z")))
        let queue = JobQueue(backend: MemoryBackend(clock: clock.jobClock))
        let runs = Recorder<String>()
        let job = Scripted { context in
            runs.record(utc(context.scheduledTime))
            return ""
        }
        try queue.schedule(job, .every(.seconds(60)))
        try await running(queue) {
            await clock.untilSomebodySleeps(until: Timestamp(try utc("2026-06-01T12:01:00Z")))
            clock.advance(by: .seconds(60))
            #expect(await runs.untilCount(1) == ["2026-06-01T12:01:00Z"])
        }
    }
}

/// Claims that there is a request wherever one asks.
private struct Everywhere: ContextPropagator, CapturedContext {
    var logMetadata: Logger.Metadata { [:] }
    var requestID: String? { "somebody's" }

    func capture() -> (any CapturedContext)? { self }
    func restore(_ bytes: [UInt8]) throws -> any CapturedContext { self }
    func encode() throws -> [UInt8]? { [1] }
    func detached() throws -> any CapturedContext { self }
    func bind(_ job: JobContext, _ body: () async throws -> JobOutput) async throws -> JobOutput { try await body() }
}
