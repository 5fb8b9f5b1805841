import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Order, and who waits for whom", .timeLimit(.minutes(1)))
struct OrderTests {
    private func job(_ name: String, _ order: Recorder<String>) -> Scripted {
        Scripted { _ in
            order.record(name)
            return name
        }
    }

    // ASOK-14, NUVOM-B19
    @Test("queues in their order, priorities inside a queue, then first come first served")
    func order() async throws {
        let test = try LoggedQueue(concurrency: 1)
        let order = Recorder<String>()
        for (queue, priority) in [("low", 9), ("etc", 0), ("default", 0), ("default", 5), ("high", -5), ("default", 0)]
        {
            try await test.queue.background(
                job("\(queue) \(priority)", order), options: JobOptions(queue: queue, priority: priority))
        }
        try await running(test.queue) { await order.untilCount(6) }
        #expect(order.values == ["high -5", "default 5", "default 0", "default 0", "low 9", "etc 0"])
    }

    // AT-6, ASOK-B3
    @Test("a job of high priority starts within one job's duration while a backlog waits")
    func highUnderLoad() async throws {
        let test = try LoggedQueue(concurrency: 1)
        let order = Recorder<String>()
        let gate = Gate()
        try await test.queue.background(
            Scripted { _ in
                try await gate.pass()
                return ""
            })
        for _ in 0..<200 { try await test.queue.background(job("low", order), options: JobOptions(queue: "low")) }
        try await running(test.queue) {
            await gate.untilArrived(1)
            try await test.queue.background(job("urgent", order), options: JobOptions(priority: 10))
            try await test.queue.background(job("high", order), options: JobOptions(queue: "high"))
            gate.open()
            await order.untilCount(202)
        }
        #expect(Array(order.values.prefix(2)) == ["high", "urgent"])
    }

    // AT-7, NUVOM-B8, ASOK-B13, NORI-B6, NORI-X8, DBT-B5
    @Test("a retry that waits an hour delays nobody")
    func waitingRetry() async throws {
        let clock = ManualClock()
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock), concurrency: 1)
        let order = Recorder<String>()
        try await running(test.queue) {
            let failing = try await test.queue.background(
                Scripted { context in
                    guard context.attempt > 1 else { throw Boom() }
                    return "retried"
                }, options: JobOptions(retry: .fixed(.seconds(3600)), timeout: .seconds(1_000_000)))
            await clock.untilSomebodySleeps(until: clock.now + .seconds(3600))
            for index in 0..<50 { try await test.queue.background(job("\(index)", order)) }
            await order.untilCount(50)
            #expect(order.values == (0..<50).map { "\($0)" })
            #expect(try await failing.status.state == .retrying)
            clock.advance(by: .seconds(3600))
            #expect(try await failing.value == "retried")
        }
    }

    // NORI-10, DBT-8, DBT-11, NORI-X6, DBT-9
    @Test("a delayed job runs when its time has come; one that is let go runs at once")
    func delays() async throws {
        let clock = ManualClock()
        let test = try LoggedQueue(MemoryBackend(clock: clock.jobClock))
        let order = Recorder<String>()
        try await running(test.queue) {
            let start = clock.now
            try await test.queue.background(job("90", order), delay: .seconds(90))
            let dated = try await test.queue.background(job("60", order), at: (start + .seconds(60)).date)
            try await test.queue.background(job("past", order), at: (start - .seconds(60)).date)
            let held = try await test.queue.background(job("held", order), delay: .seconds(600))
            await order.untilCount(1)
            #expect(try await dated.status.dueAt == start + .seconds(60))
            #expect(try await dated.status.state == .scheduled)
            #expect(try await test.queue.letGo(held.jobID))
            await order.untilCount(2)
            await clock.untilSomebodySleeps(until: start + .seconds(60))
            clock.advance(to: start + .seconds(60))
            await order.untilCount(3)
            await clock.untilSomebodySleeps(until: start + .seconds(90))
            clock.advance(to: start + .seconds(90))
            await order.untilCount(4)
            #expect(try await !test.queue.letGo(held.jobID))
        }
        #expect(order.values == ["past", "held", "60", "90"])
    }

    @Test("a paused queue waits, the others do not")
    func pause() async throws {
        let test = try LoggedQueue()
        let order = Recorder<String>()
        try await running(test.queue) {
            try await test.queue.pause("mail")
            try await test.queue.background(job("mail", order), options: JobOptions(queue: "mail"))
            try await test.queue.background(job("other", order))
            await order.untilCount(1)
            #expect(try await test.queue.counts().first { $0.queue == "mail" }?.isPaused == true)
            try await test.queue.resume("mail")
            await order.untilCount(2)
        }
        #expect(order.values == ["other", "mail"])
    }

    // AT-19, ST-B2, ST-B3
    @Test("ten jobs that block their threads stop neither their callers, nor futures, nor other queues of this process")
    func isolation() async throws {
        let blocked = try LoggedQueue(concurrency: 10)
        let free = try LoggedQueue(concurrency: 2)
        let gate = Gate()
        try await running(blocked.queue) {
            for _ in 0..<10 { blocked.queue.background { gate.block() } }
            await gate.untilArrived(10)
            let waiting = try await blocked.queue.background(Scripted { _ in "after all" })
            #expect(try await waiting.status.state == .pending)
            #expect(try await blocked.queue.counts().reduce(0) { $0 + $1[.running] } == 10)
            try await running(free.queue) {
                for _ in 0..<100 {
                    let value = try await free.queue.background(Scripted { _ in "free" }).value
                    #expect(value == "free")
                }
            }
            gate.open()
            #expect(try await waiting.value == "after all")
        }
    }

    // ASOK-12, AT-4, ASOK-B2, NUVOM-9, NUVOM-B3, DBT-X7
    @Test("no more jobs are in flight than granted, and what waits, waits in the store")
    func concurrency() async throws {
        let test = try LoggedQueue(concurrency: 3)
        let gate = Gate()
        try await running(test.queue) {
            for _ in 0..<10 { test.queue.background { try await gate.pass() } }
            await gate.untilArrived(3)
            let counts = try await test.queue.counts()
            #expect(counts.first?[.running] == 3)
            #expect(counts.first?[.pending] == 7)
            gate.open()
            await gate.untilArrived(10)
        }
    }
}
