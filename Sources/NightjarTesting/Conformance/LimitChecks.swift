// A store that holds so many waiting jobs and no more, and two stores that know nothing of each other.

import NightjarJobs

enum LimitChecks {
    static let limit = 5

    static let all = [
        Promise("a full store refuses a batch as a whole", "ST-B7", body: full),
        Promise("room is made by claiming, cancelling and deleting", body: room),
        Promise("what was promised comes back even to a full store", body: comeback),
        Promise("a schedule whose job is refused stays where it is", body: schedule),
        Promise("a full store still finds a unique job", body: unique),
    ]

    private static func expectFull(_ stage: Stage, _ jobs: [NewJob]) async throws {
        do {
            _ = try await stage.backend.insert(jobs)
        } catch let error as QueueError {
            return try require(error, equals: .full(limit: limit), "The error of a full store")
        }
        throw ConformanceFailure("A store that holds \(limit) waiting jobs took more.", "expectFull")
    }

    private static func full(_ stage: Stage) async throws {
        for _ in 0..<3 { try await stage.put() }
        let batch = (0..<3).map { stage.job("batch \($0)", after: .seconds(Double($0))) }
        try await expectFull(stage, batch)
        let stored = try await stage.backend.records(batch.map(\.id))
        try require(stored.allSatisfy { $0 == nil }, "A part of a refused batch was stored.")
        let answers = try await stage.backend.insert(Array(batch.prefix(2)))
        try require(answers, equals: [.inserted, .inserted], "The answers to a batch that fits")
        try await expectFull(stage, [stage.job()])
        try require(
            try await stage.backend.list(JobFilter()).count, equals: limit, "The number of jobs in a full store")
    }

    private static func room(_ stage: Stage) async throws {
        var ids: [JobID] = []
        for _ in 0..<limit { ids.append(try await stage.put()) }
        _ = try await stage.take(1)
        try await stage.put()
        try await expectFull(stage, [stage.job()])
        _ = try await stage.backend.cancel([ids[1]])
        try await stage.put()
        try await expectFull(stage, [stage.job()])
        _ = try await stage.backend.delete([ids[2]])
        try await stage.put()
        try await expectFull(stage, [stage.job()])
    }

    private static func comeback(_ stage: Stage) async throws {
        let id = try await stage.put()
        let job = try await stage.takeOne()
        for _ in 0..<limit { try await stage.put() }
        try await stage.end(job, .retrying(at: stage.now, stage.failure()))
        try await stage.expect(id, is: .pending)
        try await expectFull(stage, [stage.job()])
    }

    private static func schedule(_ stage: Stage) async throws {
        let (start, firing) = (stage.now, stage.now + .seconds(1))
        _ = try await stage.backend.move(ScheduleMove("digest", from: nil, to: start))
        for _ in 0..<limit { try await stage.put() }
        let job = stage.job()
        do {
            _ = try await stage.backend.move(ScheduleMove("digest", from: start, to: firing, job: job))
            throw ConformanceFailure("A full store took the job of a firing.", "schedule")
        } catch let error as QueueError { try require(error, equals: .full(limit: limit), "The error of a full store") }
        let record = try unwrap(try await stage.backend.schedules().first, "The schedule is gone.")
        try require(record, equals: ScheduleRecord(name: "digest", position: start), "The schedule")
        _ = try await stage.take(1)
        let again = try await stage.backend.move(ScheduleMove("digest", from: start, to: firing, job: job))
        try require(again, equals: .fired(.inserted), "The answer once there is room")
    }

    private static func unique(_ stage: Stage) async throws {
        let spec = JobSpec(name: "job", unique: UniquePolicy(key: "key"))
        let id = try await stage.put(spec: spec)
        for _ in 1..<limit { try await stage.put() }
        let answers = try await stage.backend.insert([stage.job(spec: spec)])
        try require(answers, equals: [.existing(id)], "The answer to a unique job that exists in a full store")
    }
}

enum IsolationCheck {
    /// AT-22, NUVOM-B17.
    static func check(_ make: @escaping BackendConformance.Make) -> BackendConformance.Check {
        BackendConformance.Check(
            name: "two stores know nothing of each other", covers: ["AT-22", "NUVOM-B17"],
            body: {
                let (one, other) = (try await Stage(make), try await Stage(make))
                let id = try await one.put(spec: JobSpec(name: "job", unique: UniquePolicy(key: "key")))
                try await other.expectNothingToClaim("it was stored elsewhere")
                try require(
                    try await other.backend.records([id]).first ?? nil == nil, "A job is seen in another store.")
                try await other.put(spec: JobSpec(name: "job", unique: UniquePolicy(key: "key")))
                try await other.backend.setPaused(true, queue: "default")
                try require(try await one.takeOne().id, equals: id, "The job claimed")
                await one.backend.close()
                await other.backend.close()
            })
    }
}
