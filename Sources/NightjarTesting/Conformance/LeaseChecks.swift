// The fence around an attempt, signs of life, and workers that died.

import NightjarJobs

enum LeaseChecks {
    static let all = [
        Promise("a late finisher changes nothing and is told so", "AT-8", "NUVOM-B6", "DBT-B2", body: lateFinisher),
        Promise("progress and renewal are the owner's only", "AT-8", body: lateRenewal),
        Promise("progress is stored and belongs to its attempt", body: progress),
        Promise(
            "a job longer than its lease is run once as long as it is renewed", "AT-3", "NORI-24", "NOBS-B3",
            "NUVOM-B2", body: renewed),
        Promise(
            "a lease that ran out gives the job back, once", "AT-1", "NORI-B1", "NUVOM-23", "DBT-23", body: rescued),
        Promise("a crash is counted apart from attempts", "AT-1", body: crashes),
        Promise("the fourth crash makes a dead letter", body: fourthCrash),
        Promise("an owner that was not declared dead may still settle", body: lateButOwner),
        Promise("a dead worker's job that was called off is cancelled", body: rescuedAndCancelled),
        Promise("many dead workers' jobs come back in order", "NORI-B1", body: manyRescued),
    ]

    /// A claim, and the same job claimed again by another worker after the first was declared dead.
    private static func twoOwners(_ stage: Stage) async throws -> (old: ClaimedJob, new: ClaimedJob) {
        let id = try await stage.put()
        let old = try await stage.takeOne(worker: "old")
        stage.clock.advance(by: .seconds(31))
        try require(try await stage.backend.rescue().map(\.id), equals: [id], "The jobs rescued")
        return (old, try await stage.takeOne(worker: "new"))
    }

    private static func lateFinisher(_ stage: Stage) async throws {
        let (old, new) = try await twoOwners(stage)
        try require(new.lease > old.lease, "The second claim did not raise the lease.")
        let before = try await stage.record(old.id)
        for disposition in [
            Disposition.completed(Sample.output("late", for: stage.traits)), .failed(stage.failure("late")),
            .retrying(at: stage.now, stage.failure("late")), .scheduled(at: stage.now), .pending, .cancelled(nil),
        ] {
            try require(try await !stage.settle(old, disposition), "A late finisher was believed.")
        }
        let after = try await stage.record(old.id)
        try require(after.state, equals: .running, "The state")
        try require(after.failures, equals: before.failures, "The failures")
        try require(after.worker, equals: "new", "The worker")
        try await stage.expectNothingToClaim("its new owner runs it")
        try await stage.end(new, .completed(Sample.output("right", for: stage.traits)))
        try require(Sample.text(of: try await stage.record(old.id).output), equals: "right", "The output")
    }

    private static func lateRenewal(_ stage: Stage) async throws {
        let (old, new) = try await twoOwners(stage)
        let late = JobProgress(fraction: 0.9, message: "late")
        try require(try await stage.renew(old, for: .seconds(7200), progress: late), equals: .lost, "The late renewal")
        try require(try await stage.record(old.id).progress, equals: nil, "The progress after a late report")
        let own = JobProgress(fraction: 0.1, message: "mine")
        try require(try await stage.renew(new, progress: own), equals: .held, "The owner's renewal")
        try require(try await stage.record(old.id).progress, equals: own, "The progress after the owner's report")
        stage.clock.advance(by: .seconds(31))
        try require(
            try await stage.backend.rescue().map(\.id), equals: [old.id], "The jobs rescued after a late renewal")
    }

    private static func progress(_ stage: Stage) async throws {
        let id = try await stage.put()
        let job = try await stage.takeOne()
        try require(try await stage.record(id).progress, equals: nil, "The progress at the start")
        for report in [
            JobProgress(fraction: 0), JobProgress(fraction: 1.0 / 3, message: "ein Drittel"), JobProgress(fraction: 1),
        ] {
            try require(try await stage.renew(job, progress: report), equals: .held, "The answer to progress")
            try require(try await stage.renew(job), equals: .held, "The answer to a renewal without progress")
            try require(try await stage.record(id).progress, equals: report, "The progress")
        }
        try await stage.end(job, .retrying(at: stage.now, stage.failure()))
        let second = try await stage.takeOne()
        try require(try await stage.record(id).progress, equals: nil, "The progress at the start of the second attempt")
        let report = JobProgress(fraction: 0.5, message: "half")
        _ = try await stage.renew(second, progress: report)
        try await stage.end(second, .completed(.none))
        try require(try await stage.record(id).progress, equals: report, "The last progress of a completed job")
    }

    private static func renewed(_ stage: Stage) async throws {
        try await stage.put()
        let job = try await stage.takeOne()
        for _ in 0..<20 {
            stage.clock.advance(by: .seconds(25))
            try require(try await stage.renew(job), equals: .held, "The answer to a renewal in time")
            try require(try await stage.backend.rescue().count, equals: 0, "The number of living jobs rescued")
            try await stage.expectNothingToClaim("it is running")
        }
        try await stage.end(job, .completed(.none))
    }

    private static func rescued(_ stage: Stage) async throws {
        let id = try await stage.put()
        let due = try await stage.record(id).dueAt
        let job = try await stage.takeOne(worker: "dead")
        stage.clock.advance(by: .seconds(29))
        try require(
            try await stage.backend.rescue().count, equals: 0, "The number of jobs rescued before the lease ran out")
        stage.clock.advance(by: .seconds(2))
        let rescued = try await stage.backend.rescue()
        try require(rescued.map(\.id), equals: [id], "The jobs rescued")
        try require(rescued.first?.state, equals: .pending, "The state in the answer")
        try require(rescued.first?.crashes, equals: 1, "The crashes in the answer")
        try require(try await stage.backend.rescue().count, equals: 0, "The number of jobs rescued again")
        let record = try await stage.record(id)
        try require(record.state, equals: .pending, "The state of a rescued job")
        try require(record.dueAt, equals: due, "The due time, which keeps its place in the queue")
        try require(
            record.failures.last?.message.contains("worker died") ?? false, "The failure does not say “worker died”.")
        try require(record.failures.last?.worker, equals: "dead", "The worker named in the failure")
        try require(try await !stage.settle(job, .completed(.none)), "A worker that was declared dead was believed.")
    }

    private static func crashes(_ stage: Stage) async throws {
        let id = try await stage.put(spec: JobSpec(name: "job", maxAttempts: 2))
        _ = try await stage.takeOne()
        stage.clock.advance(by: .seconds(31))
        _ = try await stage.backend.rescue()
        let record = try await stage.record(id)
        try require(record.attempt, equals: 0, "The number of attempts after a crash")
        try require(record.crashes, equals: 1, "The number of crashes")
        let job = try await stage.takeOne()
        try require(job.attempt, equals: 1, "The attempt's number after a crash")
        try require(job.crashes, equals: 1, "The crashes that the worker is told of")
        try await stage.end(job, .retrying(at: stage.now, stage.failure()))
        let second = try await stage.takeOne()
        try require(second.attempt, equals: 2, "The attempt's number after a crash and a failure")
        try require(second.crashes, equals: 1, "The crashes after a failure")
    }

    private static func fourthCrash(_ stage: Stage) async throws {
        let id = try await stage.put()
        for crash in 1...4 {
            _ = try await stage.takeOne(worker: "worker \(crash)")
            stage.clock.advance(by: .seconds(31))
            let rescued = try await stage.backend.rescue()
            try require(rescued.map(\.id), equals: [id], "The jobs rescued after crash \(crash)")
            try require(rescued.first?.state, equals: crash < 4 ? .pending : .failed, "The state after crash \(crash)")
            try require(rescued.first?.crashes, equals: crash, "The number of crashes")
        }
        let record = try await stage.record(id)
        try require(record.state, equals: .failed, "The state after four crashes")
        try require(
            record.failures.last?.message.contains("worker died") ?? false,
            "The dead letter does not say “worker died”.")
        try require(record.finishedAt, equals: stage.now, "The end")
        try await stage.expectNothingToClaim("it is a dead letter")
        try require(try await stage.backend.requeue([id], at: stage.now), equals: [id], "The jobs brought back")
        let job = try await stage.takeOne()
        try require(job.crashes, equals: 0, "The crashes after an operator's retry")
        try require(job.attempt, equals: 1, "The attempt after an operator's retry")
    }

    private static func lateButOwner(_ stage: Stage) async throws {
        let id = try await stage.put()
        let job = try await stage.takeOne()
        stage.clock.advance(by: .seconds(40))
        try require(
            try await stage.renew(job), equals: .held, "The renewal of a lease that ran out but was given to nobody")
        try require(try await stage.backend.rescue().count, equals: 0, "The number of jobs rescued after that renewal")
        stage.clock.advance(by: .seconds(40))
        try await stage.end(job, .completed(.none))
        try await stage.expect(id, is: .completed)
        try require(try await stage.backend.rescue().count, equals: 0, "The number of completed jobs rescued")
    }

    private static func rescuedAndCancelled(_ stage: Stage) async throws {
        let id = try await stage.put()
        _ = try await stage.takeOne()
        try require(try await stage.backend.cancel([id]), equals: [id], "What was cancelled")
        stage.clock.advance(by: .seconds(31))
        try require(
            try await stage.backend.rescue().map(\.state), equals: [.cancelled], "The states of the jobs rescued")
        try await stage.expect(id, is: .cancelled)
        try await stage.expectNothingToClaim("it was cancelled")
    }

    private static func manyRescued(_ stage: Stage) async throws {
        let jobs = (0..<50).map { stage.job("\($0)") }
        _ = try await stage.backend.insert(jobs)
        _ = try await stage.take(25, worker: "dead")
        let alive = try await stage.take(25, worker: "alive", lease: .seconds(300))
        stage.clock.advance(by: .seconds(60))
        let rescued = try await stage.backend.rescue()
        try require(Set(rescued.map(\.id)), equals: Set(jobs[..<25].map(\.id)), "The jobs of the dead worker")
        try require(try await stage.take(50).map(\.id), equals: jobs[..<25].map(\.id), "The order of rescued jobs")
        for job in alive { try await stage.end(job, .completed(.none)) }
    }
}
