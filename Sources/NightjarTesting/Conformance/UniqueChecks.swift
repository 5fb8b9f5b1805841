// Unique keys: who holds one, for how long, and what a second job does.

import NightjarJobs

enum UniqueChecks {
    static let all = [
        Promise("a second job with a held key gets the first one", "DBT-X6", body: keep),
        Promise("keys of different names never collide", body: names),
        Promise("the key is held until the job has ended", body: heldWhileUnfinished),
        Promise("a key can be held for a time, whatever becomes of the job", body: period),
        Promise("one running and one waiting", body: oneRunningOneWaiting),
        Promise("a second job can replace one that has not started", "DBT-X6", body: replace),
        Promise("what replaces a job has nothing of it but its id", "DBT-X6", body: replaceAnew),
        Promise("a job that has started is not replaced", body: noReplaceOfRunning),
        Promise("conflicts inside one batch are found", body: withinBatch),
        Promise("a job that comes back where another holds its key is not lost", body: comeback),
        Promise("a deleted job holds no key", body: deleted),
    ]

    private static func spec(
        _ key: String = "key", name: String = "job", for period: Duration? = nil,
        while states: Set<JobState> = UniquePolicy.unfinished, onConflict conflict: UniquePolicy.Conflict = .keep,
        queue: String = "default", priority: Int = 0
    ) -> JobSpec {
        JobSpec(
            name: name, queue: queue, priority: priority,
            unique: UniquePolicy(key: key, for: period, while: states, onConflict: conflict))
    }

    /// Inserts one job and answers its id with what the backend said.
    private static func insert(
        _ stage: Stage, _ spec: JobSpec, text: String = "text", after delay: Duration = .zero
    ) async throws -> (id: JobID, answer: Insertion) {
        let job = stage.job(text, spec: spec, after: delay)
        let answers = try await stage.backend.insert([job])
        return (job.id, try unwrap(answers.first, "An insert was not answered."))
    }

    private static func keep(_ stage: Stage) async throws {
        let first = try await insert(stage, spec(), text: "first")
        try require(first.answer, equals: .inserted, "The answer to the first")
        let second = try await insert(stage, spec(), text: "second")
        try require(second.answer, equals: .existing(first.id), "The answer to the second")
        try require(try await stage.backend.records([second.id]).first ?? nil == nil, "The second job was stored, too.")
        try require(Sample.text(of: try await stage.record(first.id).payload), equals: "first", "The value")
        try require(try await stage.take(10).map(\.id), equals: [first.id], "The jobs handed out")
    }

    private static func names(_ stage: Stage) async throws {
        for spec in [
            spec(name: "a"), spec(name: "b"), spec("other", name: "a"), spec("b", name: "a"), spec("a", name: "b"),
        ] {
            try require(
                try await insert(stage, spec).answer, equals: .inserted, "The answer to a job with a key of its own")
        }
        try await stage.put()
        try await stage.put()
        try require(try await stage.take(10).count, equals: 7, "The number of jobs stored")
    }

    private static func heldWhileUnfinished(_ stage: Stage) async throws {
        let first = try await insert(stage, spec(), after: .seconds(5))
        func expectHeld(_ state: String) async throws {
            try require(
                try await insert(stage, spec()).answer, equals: .existing(first.id), "The answer while \(state)")
        }
        try await expectHeld("scheduled")
        stage.clock.advance(by: .seconds(5))
        try await expectHeld("pending")
        let attempt = try await stage.takeOne()
        try await expectHeld("running")
        try await stage.end(attempt, .retrying(at: stage.now + .seconds(5), stage.failure()))
        try await expectHeld("retrying")
        for disposition in [Disposition.completed(.none), .failed(stage.failure()), .cancelled(nil)] {
            stage.clock.advance(by: .seconds(5))
            try await stage.end(try await stage.takeOne(), disposition)
            try require(
                try await insert(stage, spec()).answer, equals: .inserted, "The answer once the first has ended")
        }
        let waiting = try await stage.backend.list(JobFilter(states: [.pending]))
        try require(try await stage.backend.cancel(waiting.map(\.id)).count, equals: 1, "The number of jobs cancelled")
        try require(
            try await insert(stage, spec()).answer, equals: .inserted, "The answer once the first was cancelled")
    }

    private static func period(_ stage: Stage) async throws {
        let unique = spec(for: .seconds(60), while: [.pending])
        let first = try await insert(stage, unique)
        let attempt = try await stage.takeOne()
        try require(try await insert(stage, unique).answer, equals: .existing(first.id), "The answer while it runs")
        try await stage.end(attempt, .completed(.none))
        stage.clock.advance(by: .seconds(59))
        try require(try await insert(stage, unique).answer, equals: .existing(first.id), "The answer within the minute")
        stage.clock.advance(by: .seconds(2))
        let second = try await insert(stage, unique)
        try require(second.answer, equals: .inserted, "The answer after the minute")
        stage.clock.advance(by: .seconds(3600))
        try require(
            try await insert(stage, unique).answer, equals: .existing(second.id),
            "The answer after the period while the state still holds the key")
    }

    private static func oneRunningOneWaiting(_ stage: Stage) async throws {
        let waitingOnly = spec(while: [.scheduled, .pending, .retrying])
        let first = try await insert(stage, waitingOnly)
        let running = try await stage.takeOne()
        try require(running.id, equals: first.id, "The job claimed")
        let second = try await insert(stage, waitingOnly)
        try require(second.answer, equals: .inserted, "The answer while the first runs")
        try require(try await insert(stage, waitingOnly).answer, equals: .existing(second.id), "The answer to a third")
        try await stage.end(running, .completed(.none))
        try require(try await insert(stage, waitingOnly).answer, equals: .existing(second.id), "The answer to a fourth")
        try require(try await stage.takeOne().id, equals: second.id, "The next job claimed")
        try require(try await insert(stage, waitingOnly).answer, equals: .inserted, "The answer while the second runs")
    }

    private static func replace(_ stage: Stage) async throws {
        let first = try await insert(stage, spec(), text: "first", after: .seconds(60))
        stage.clock.advance(by: .seconds(1))
        let second = try await insert(
            stage, spec(onConflict: .replace, queue: "mail", priority: 3), text: "second", after: .seconds(10))
        try require(second.answer, equals: .replaced(first.id), "The answer to the second")
        let record = try await stage.record(first.id)
        try require(Sample.text(of: record.payload), equals: "second", "The value")
        try require(record.dueAt, equals: stage.now + .seconds(10), "The due time")
        try require(record.createdAt, equals: stage.now, "The time it was made")
        try require(record.spec.queue, equals: "mail", "The queue")
        try require(record.spec.priority, equals: 3, "The priority")
        try require(try await stage.backend.records([second.id]).first ?? nil == nil, "The second job was stored, too.")
        try require(try await stage.backend.nextDue(in: .all), equals: record.dueAt, "The next due time")
        let third = try await insert(stage, spec(onConflict: .replace), text: "third")
        try require(third.answer, equals: .replaced(first.id), "The answer to the third")
        try await stage.expect(first.id, is: .pending)
        let claimed = try await stage.takeOne()
        try require(Sample.text(of: claimed.payload), equals: "third", "The value the worker gets")
        stage.clock.advance(by: .seconds(120))
        try await stage.expectNothingToClaim("it was replaced, not copied")
        let counts = try await stage.backend.counts().reduce(0) { $0 + $1.jobs.values.reduce(0, +) }
        try require(counts, equals: 1, "The number of jobs counted")
    }

    private static func replaceAnew(_ stage: Stage) async throws {
        let expiring = JobSpec(
            name: "job", expires: .seconds(60), unique: UniquePolicy(key: "key", onConflict: .replace))
        let first = try await insert(stage, expiring, text: "first")
        _ = try await stage.takeOne()
        stage.clock.advance(by: .seconds(31))
        try require(try await stage.backend.rescue().count, equals: 1, "The number of jobs rescued")
        let attempt = try await stage.takeOne()
        _ = try await stage.renew(attempt, progress: JobProgress(fraction: 0.5, message: "half"))
        try await stage.end(attempt, .retrying(at: stage.now + .seconds(5), stage.failure()))
        let second = try await insert(stage, expiring, text: "second")
        try require(second.answer, equals: .replaced(first.id), "The answer to the second")
        let record = try await stage.record(first.id)
        try require(record.createdAt, equals: stage.now, "The time it was made")
        try require(record.attempt, equals: 0, "The attempts")
        try require(record.crashes, equals: 0, "The crashes")
        try require(record.failures, equals: [], "The failures")
        try require(record.progress, equals: nil, "The progress")
        try require(record.startedAt, equals: nil, "The start")
        // The first would be too old by now, the second is not.
        stage.clock.advance(by: .seconds(40))
        let claimed = try await stage.takeOne()
        try require(Sample.text(of: claimed.payload), equals: "second", "The value the worker gets")
        try require(try await !stage.settle(attempt, .completed(.none)), "The first's attempt was believed.")
    }

    private static func noReplaceOfRunning(_ stage: Stage) async throws {
        let first = try await insert(stage, spec(onConflict: .replace), text: "first")
        let attempt = try await stage.takeOne()
        let second = try await insert(stage, spec(onConflict: .replace), text: "second")
        try require(second.answer, equals: .existing(first.id), "The answer while the first runs")
        try await stage.end(attempt, .retrying(at: stage.now + .seconds(5), stage.failure()))
        let third = try await insert(stage, spec(onConflict: .replace), text: "third")
        try require(third.answer, equals: .replaced(first.id), "The answer while the first waits for its retry")
        let claimed = try await stage.takeOne()
        try require(Sample.text(of: claimed.payload), equals: "third", "The value the worker gets")
        try require(claimed.attempt, equals: 1, "The attempt's number after a replacement")
    }

    private static func withinBatch(_ stage: Stage) async throws {
        let jobs = [
            stage.job("1", spec: spec()), stage.job("2", spec: spec()), stage.job("3"), stage.job("4", spec: spec("b")),
        ]
        let answers = try await stage.backend.insert(jobs)
        try require(
            answers, equals: [.inserted, .existing(jobs[0].id), .inserted, .inserted],
            "The answers to a batch with conflicts")
        try require(try await stage.take(10).count, equals: 3, "The number of jobs stored")
    }

    private static func comeback(_ stage: Stage) async throws {
        let waitingOnly = spec(while: [.scheduled, .pending, .retrying])
        let first = try await insert(stage, waitingOnly)
        let attempt = try await stage.takeOne()
        let second = try await insert(stage, waitingOnly)
        try require(second.answer, equals: .inserted, "The answer while the first runs")
        // Both want the key now. Nobody may be refused for it: the first was promised, and so was the second.
        try await stage.end(attempt, .retrying(at: stage.now, stage.failure()))
        let third = try await insert(stage, waitingOnly)
        try require(
            [.existing(first.id), .existing(second.id)].contains(third.answer), "A third job was stored beside two.")
        let claimed = try await stage.take(10)
        try require(Set(claimed.map(\.id)), equals: [first.id, second.id], "The jobs handed out")
        for job in claimed { try await stage.end(job, .failed(stage.failure())) }
        let fourth = try await insert(stage, waitingOnly)
        try require(fourth.answer, equals: .inserted, "The answer once both have ended")
        let back = try await stage.backend.requeue([first.id, second.id], at: stage.now)
        try require(
            Set(back), equals: [first.id, second.id], "The jobs an operator brought back beside a holder of their key")
        try require(try await stage.take(10).count, equals: 3, "The number of jobs handed out")
    }

    private static func deleted(_ stage: Stage) async throws {
        let first = try await insert(stage, spec(for: .seconds(3600)))
        try require(try await stage.backend.delete([first.id]), equals: [first.id], "What was deleted")
        try require(
            try await insert(stage, spec(for: .seconds(3600))).answer, equals: .inserted, "The answer after a deletion")
    }
}
