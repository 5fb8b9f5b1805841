// Clocks are set, by people and by time servers. Nothing may run early for it, and nothing may be lost.

import NightjarJobs

enum ClockChecks {
    static let all = [
        Promise("after the clock was set forward an hour, what is due is handed out", body: forward),
        Promise("after the clock was set back an hour, nothing runs early", body: back),
        Promise("a clock that is ahead for a moment lets nothing run early afterwards", body: aheadForAMoment),
        Promise("a clock that is set forward takes no job from its worker", "AT-3", body: leaseAfterForward),
        Promise("a lease granted before the clock was set back does not last an hour longer", body: leaseBeforeBack),
        Promise("a lease renewed after the clock was set back does not last an hour longer", body: leaseAfterBack),
        Promise("a store whose clock was set back and forward again is what it was", body: backAndForth),
        Promise("due times beyond all calendars are stored", body: farAway),
    ]

    private static let hour = Duration.seconds(3600)

    private static func forward(_ stage: Stage) async throws {
        let later = try await stage.put(after: .seconds(1800))
        let far = try await stage.put(after: .seconds(7200))
        let running = try await stage.put()
        let job = try await stage.takeOne()
        stage.clock.jump(by: hour)
        try require(try await stage.renew(job), equals: .held, "The renewal of a lease that the clock outran")
        try require(try await stage.backend.rescue().count, equals: 0, "The number of renewed jobs rescued")
        try require(try await stage.take(10).map(\.id), equals: [later], "What is handed out after the hour")
        try await stage.expect(far, is: .scheduled)
        try await stage.end(job, .completed(.none))
        try await stage.expect(running, is: .completed)
    }

    private static func back(_ stage: Stage) async throws {
        let later = try await stage.put(after: .seconds(10))
        stage.clock.jump(by: .zero - hour)
        try await stage.expectNothingToClaim("the clock was set back")
        stage.clock.advance(by: .seconds(60))
        try await stage.expectNothingToClaim("the clock was set back")
        let new = try await stage.put("new")
        let soon = try await stage.put("soon", after: .seconds(5))
        try require(
            try await stage.take(10).map(\.id), equals: [new], "What is handed out after the clock was set back")
        stage.clock.advance(by: .seconds(5))
        try require(try await stage.take(10).map(\.id), equals: [soon], "What is handed out five seconds later")
        stage.clock.advance(by: hour)
        try require(try await stage.take(10).map(\.id), equals: [later], "What is handed out an hour later")
    }

    private static func aheadForAMoment(_ stage: Stage) async throws {
        var later: [JobID] = []
        for delay in [1800.0, 1801, 1802] { later.append(try await stage.put(after: .seconds(delay))) }
        stage.clock.jump(by: hour)
        try require(try await stage.take(1).map(\.id), equals: [later[0]], "What is handed out while it is ahead")
        let atOnce = try await stage.put("at once")
        stage.clock.jump(by: .zero - hour)
        try require(
            try await stage.take(10).map(\.id), equals: [atOnce],
            "What is handed out when it is right again")
        try await stage.expectNothingToClaim("the clock is right again")
        try await stage.expect(later[1], is: .scheduled)
        stage.clock.advance(by: .seconds(1801))
        try require(try await stage.take(10).map(\.id), equals: [later[1]], "What is handed out in its time")
        stage.clock.advance(by: .seconds(1))
        try require(try await stage.take(10).map(\.id), equals: [later[2]], "What is handed out a second later")
    }

    private static func leaseAfterForward(_ stage: Stage) async throws {
        let id = try await stage.put()
        _ = try await stage.takeOne()
        stage.clock.jump(by: hour)
        try require(try await stage.backend.rescue().count, equals: 0, "The number of jobs that the clock set free")
        stage.clock.advance(by: .seconds(29))
        try require(try await stage.backend.rescue().count, equals: 0, "The number of jobs rescued within the lease")
        stage.clock.advance(by: .seconds(2))
        try require(try await stage.backend.rescue().map(\.id), equals: [id], "The jobs rescued after the lease")
    }

    private static func leaseBeforeBack(_ stage: Stage) async throws {
        let id = try await stage.put()
        _ = try await stage.takeOne()
        stage.clock.jump(by: .zero - hour)
        try require(try await stage.backend.rescue().count, equals: 0, "The number of jobs that the clock set free")
        stage.clock.advance(by: .seconds(31))
        try require(try await stage.backend.rescue().map(\.id), equals: [id], "The jobs rescued half a minute later")
        try require(try await stage.takeOne().id, equals: id, "The job handed out again")
    }

    private static func leaseAfterBack(_ stage: Stage) async throws {
        let id = try await stage.put()
        let job = try await stage.takeOne()
        stage.clock.jump(by: .zero - hour)
        try require(try await stage.renew(job), equals: .held, "The renewal after the clock was set back")
        try require(try await stage.backend.rescue().count, equals: 0, "The number of renewed jobs rescued")
        stage.clock.advance(by: .seconds(31))
        try require(try await stage.backend.rescue().map(\.id), equals: [id], "The jobs rescued half a minute later")
    }

    private static func backAndForth(_ stage: Stage) async throws {
        let ids = try await stage.oneOfEach()
        let before = try await states(stage, ids)
        stage.clock.jump(by: .zero - hour)
        _ = try await stage.backend.rescue()
        _ = try await stage.backend.prune(Retention())
        _ = try await stage.backend.counts()
        _ = try await stage.backend.nextDue(in: .all)
        stage.clock.jump(by: hour)
        try require(try await states(stage, ids), equals: before, "The states after an hour back and forth")
    }

    private static func states(_ stage: Stage, _ ids: [JobState: JobID]) async throws -> [JobState?] {
        try await stage.backend.records(JobState.allCases.compactMap { ids[$0] }).map { $0?.state }
    }

    private static func farAway(_ stage: Stage) async throws {
        var job = stage.job()
        job.dueAt = Timestamp(microseconds: .max)
        _ = try await stage.backend.insert([job])
        try await stage.expect(job.id, is: .scheduled)
        try require(try await stage.record(job.id).dueAt, equals: job.dueAt, "The due time")
        try await stage.expectNothingToClaim("it is never due")
        var old = stage.job()
        old.dueAt = Timestamp(microseconds: 0)
        _ = try await stage.backend.insert([old])
        try require(try await stage.takeOne().id, equals: old.id, "A job that was due in 1970")
    }
}
