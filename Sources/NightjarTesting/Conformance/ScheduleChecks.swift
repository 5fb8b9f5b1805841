// Schedules: each firing becomes one job, whoever keeps the time, and how far one has come is never forgotten.

import NightjarJobs

enum ScheduleChecks {
    static let all = [
        Promise("a firing becomes a job once, and a second mover is told where the schedule stands", body: once),
        Promise(
            "16 processes that fire a schedule at once make one job", "AT-17", "NUVOM-B10", "NUVOM-B21", "DBT-B11",
            "ASOK-B22", "ASOK-X8", body: manyAtOnce),
        Promise("the job of a firing is a job like any other, and announced", body: ordinaryJob),
        Promise("a firing whose unique job exists moves the schedule and names that job", body: uniqueJob),
        Promise("a paused schedule moves without its jobs, and has missed nothing when it is resumed", body: paused),
        Promise("a schedule can be paused before it is known", body: pausedUnknown),
        Promise("how far a schedule has come survives what is pruned and deleted", "AT-17", body: survives),
        Promise("a schedule can be moved back, since clocks are set", body: back),
        Promise("schedules are kept apart by name, whatever the name", body: names),
        Promise("random moves of schedules agree with a simple model", "AT-12", "AT-17", body: random),
    ]

    private static func record(_ stage: Stage, _ name: String = "digest") async throws -> ScheduleRecord {
        let records = try await stage.backend.schedules().filter { $0.name == name }
        try require(records.count, equals: 1, "The number of records of one schedule")
        return try unwrap(records.first, "The schedule is unknown.")
    }

    /// Lets the store know the schedule. Answers where it stands.
    private static func begin(_ stage: Stage, _ name: String = "digest") async throws -> Timestamp {
        let now = stage.now
        let answer = try await stage.backend.move(ScheduleMove(name, from: nil, to: now))
        try require(answer, equals: .moved, "The answer to a schedule's first move")
        return now
    }

    private static func once(_ stage: Stage) async throws {
        try require(try await stage.backend.schedules(), equals: [], "The schedules of an empty store")
        let start = try await begin(stage)
        try require(
            try await stage.backend.move(ScheduleMove("digest", from: nil, to: start + .seconds(9))),
            equals: .elsewhere(start), "The answer to a second first move")
        let (firing, job) = (start + .seconds(60), stage.job("first"))
        let move = ScheduleMove("digest", from: start, to: firing, job: job)
        try require(try await stage.backend.move(move), equals: .fired(.inserted), "The answer to the firing")
        var late = move
        late.job = stage.job("second")
        try require(try await stage.backend.move(late), equals: .elsewhere(firing), "The answer to the second mover")
        try require(
            try await record(stage),
            equals: ScheduleRecord(name: "digest", position: firing, lastFiring: firing, lastJob: job.id), "The record")
        let dropped = ScheduleMove("digest", from: firing, to: firing + .seconds(60))
        try require(try await stage.backend.move(dropped), equals: .moved, "The answer to a firing without a job")
        try require(
            try await record(stage),
            equals: ScheduleRecord(
                name: "digest", position: dropped.to, lastFiring: firing, lastJob: job.id), "The record afterwards")
        try require(try await stage.take(10).map(\.id), equals: [job.id], "The jobs of the schedule")
    }

    private static func manyAtOnce(_ stage: Stage) async throws {
        var position = try await begin(stage)
        for round in 1...5 {
            let (from, to) = (position, position + .seconds(1))
            let answers = try await withThrowingTaskGroup(of: ScheduleAnswer.self) { group in
                for process in 0..<16 {
                    group.addTask {
                        let job = stage.job("\(round) by \(process)")
                        return try await stage.backend.move(ScheduleMove("digest", from: from, to: to, job: job))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try require(answers.count { $0 == .fired(.inserted) }, equals: 1, "The number of movers that fired")
            try require(answers.count { $0 == .elsewhere(to) }, equals: 15, "The number of movers that were late")
            try require(try await stage.backend.list().count, equals: round, "The number of jobs")
            position = to
        }
    }

    private static func ordinaryJob(_ stage: Stage) async throws {
        let start = try await begin(stage)
        let spec = JobSpec(name: "job", queue: "mail", priority: 3, tags: ["t"], metadata: ["k": "v"])
        let job = stage.job("now", spec: spec)
        let news = Recorder<BackendNews>()
        stage.backend.subscribe { news.record($0) }
        _ = try await stage.backend.move(ScheduleMove("digest", from: start, to: start + .seconds(1), job: job))
        await news.until { $0.contains { if case .ready = $0 { true } else { false } } }
        let claimed = try await stage.takeOne()
        try require(claimed.id, equals: job.id, "The job claimed")
        try require(Sample.text(of: claimed.payload), equals: "now", "The value")
        try require(claimed.spec.metadata, equals: ["k": "v"], "The metadata")
        try require(claimed.spec.tags, equals: ["t"], "The tags")
        try require(claimed.spec.queue, equals: "mail", "The queue")
        let later = stage.job("later", after: .seconds(60))
        _ = try await stage.backend.move(
            ScheduleMove("digest", from: start + .seconds(1), to: start + .seconds(2), job: later))
        try await stage.expect(later.id, is: .scheduled)
    }

    private static func uniqueJob(_ stage: Stage) async throws {
        let start = try await begin(stage)
        let spec = JobSpec(name: "job", unique: UniquePolicy(key: "one at a time"))
        let first = try await stage.put(spec: spec)
        let move = ScheduleMove("digest", from: start, to: start + .seconds(1), job: stage.job("2", spec: spec))
        try require(try await stage.backend.move(move), equals: .fired(.existing(first)), "The answer")
        try require(
            try await record(stage),
            equals: ScheduleRecord(name: "digest", position: move.to, lastFiring: move.to, lastJob: first), "The record"
        )
        try require(try await stage.take(10).map(\.id), equals: [first], "The jobs handed out")
    }

    private static func paused(_ stage: Stage) async throws {
        let start = try await begin(stage)
        try await stage.backend.setPaused(true, schedule: "digest")
        try require(try await record(stage).isPaused, "A paused schedule is not shown as paused.")
        try require(try await record(stage).position, equals: start, "The position after the pause began")
        let dropped = ScheduleMove("digest", from: start, to: start + .seconds(60), job: stage.job())
        stage.clock.advance(by: .seconds(60))
        try require(try await stage.backend.move(dropped), equals: .moved, "The answer to a firing in the pause")
        try require(try await record(stage).lastFiring, equals: nil, "The last firing")
        try await stage.expectNothingToClaim("the schedule is paused")
        stage.clock.advance(by: .seconds(3600))
        try await stage.backend.setPaused(false, schedule: "digest")
        let resumed = stage.now
        try require(
            try await record(stage), equals: ScheduleRecord(name: "digest", position: resumed),
            "The schedule that was resumed")
        stage.clock.advance(by: .seconds(3600))
        try await stage.backend.setPaused(false, schedule: "digest")
        try require(try await record(stage).position, equals: resumed, "The position after another resumption")
        let fired = ScheduleMove("digest", from: resumed, to: resumed + .seconds(60), job: stage.job())
        try require(try await stage.backend.move(fired), equals: .fired(.inserted), "The answer to the next firing")
        try await stage.backend.setPaused(true, schedule: "digest")
        stage.clock.set(to: start)
        try await stage.backend.setPaused(false, schedule: "digest")
        try require(try await record(stage).position, equals: fired.to, "The position after the clock was set back")
    }

    private static func pausedUnknown(_ stage: Stage) async throws {
        let now = stage.now
        try await stage.backend.setPaused(true, schedule: "digest")
        try require(
            try await stage.backend.schedules(),
            equals: [ScheduleRecord(name: "digest", position: now, isPaused: true)],
            "The schedules")
        let begun = try await stage.backend.move(ScheduleMove("digest", from: nil, to: now + .seconds(5)))
        try require(begun, equals: .elsewhere(now), "The answer to its first move")
        let move = ScheduleMove("digest", from: now, to: now + .seconds(60), job: stage.job())
        try require(try await stage.backend.move(move), equals: .moved, "The answer to its first firing")
    }

    private static func survives(_ stage: Stage) async throws {
        let start = try await begin(stage)
        let move = ScheduleMove("digest", from: start, to: start + .seconds(1), job: stage.job())
        _ = try await stage.backend.move(move)
        let job = try await stage.takeOne()
        try await stage.end(job, .completed(.none))
        let known = try await record(stage)
        stage.clock.advance(by: .seconds(7 * 86_400))
        while try await stage.backend.prune(Retention(completed: .seconds(60), failed: .seconds(60))) > 0 {}
        try require(try await stage.backend.records([job.id]).first ?? nil == nil, "The job was not pruned.")
        try require(try await record(stage), equals: known, "The schedule a week later")
        try require(try await stage.backend.move(move), equals: .elsewhere(move.to), "The answer to the same firing")
        let next = ScheduleMove("digest", from: move.to, to: move.to + .seconds(1), job: stage.job())
        try require(try await stage.backend.move(next), equals: .fired(.inserted), "The answer to the next firing")
        _ = try await stage.backend.delete(try await stage.backend.list().map(\.id))
        try require(try await record(stage).position, equals: next.to, "The position once its jobs are deleted")
    }

    private static func back(_ stage: Stage) async throws {
        let start = try await begin(stage)
        let wrong = start + .seconds(3 * 86_400)
        _ = try await stage.backend.move(ScheduleMove("digest", from: start, to: wrong))
        let answer = try await stage.backend.move(ScheduleMove("digest", from: wrong, to: start))
        try require(answer, equals: .moved, "The answer to a move back")
        let move = ScheduleMove("digest", from: start, to: start + .seconds(60), job: stage.job())
        try require(try await stage.backend.move(move), equals: .fired(.inserted), "The answer to the next firing")
    }

    private static func names(_ stage: Stage) async throws {
        let names = ["digest", "Digest", "digest ", "d'ig\"est", "übersicht 📬", "a;b%_"]
        for name in names { _ = try await begin(stage, name) }
        try await stage.backend.setPaused(true, schedule: "digest")
        let records = try await stage.backend.schedules()
        try require(Set(records.map(\.name)), equals: Set(names), "The names")
        try require(records.filter(\.isPaused).map(\.name), equals: ["digest"], "The paused schedules")
        try await stage.put()
        try await stage.expect(try await stage.put(spec: JobSpec(name: "job", queue: "digest")), is: .pending)
        try require(try await stage.take(10).count, equals: 2, "The jobs of queues, one named like a paused schedule")
    }

    private static func random(_ stage: Stage) async throws {
        let seed = SeededRandom.seed
        var random = SeededRandom(seed)
        var model: [String: ScheduleRecord] = [:]
        var jobs = 0
        for step in 1...300 {
            let name = random.pick(["a", "b", "c"]) ?? "a"
            let known = model[name]
            switch random.roll(10) {
            case 0..<6:
                let isRight = random.isHeads(0.7)
                let from = isRight ? known?.position : random.pick([nil, stage.now, stage.now - .seconds(5)]) ?? nil
                let to = stage.now + .seconds(random.roll(100) - 20)
                let job = random.isHeads(0.7) ? stage.job() : nil
                let answer = try await stage.backend.move(ScheduleMove(name, from: from, to: to, job: job))
                let what = "The answer to a move in step \(step) with NIGHTJAR_SEED=\(seed)"
                guard from == known?.position else {
                    try require(answer, equals: .elsewhere(known?.position), what)
                    continue
                }
                var record = known ?? ScheduleRecord(name: name, position: to)
                record.position = to
                let fired = record.isPaused ? nil : job
                try require(answer, equals: fired == nil ? .moved : .fired(.inserted), what)
                record.lastFiring = fired.map { _ in to } ?? record.lastFiring
                record.lastJob = fired?.id ?? record.lastJob
                jobs += fired == nil ? 0 : 1
                model[name] = record
            case 6..<8:
                let isPaused = random.isHeads(0.5)
                try await stage.backend.setPaused(isPaused, schedule: name)
                var record = known ?? ScheduleRecord(name: name, position: stage.now)
                if record.isPaused, !isPaused { record.position = max(record.position, stage.now) }
                record.isPaused = isPaused
                model[name] = record
            default: stage.clock.advance(by: .seconds(random.roll(60)))
            }
            let expected = model.values.sorted { $0.name < $1.name }
            try require(
                try await stage.backend.schedules(), equals: expected,
                "What is known after step \(step) with NIGHTJAR_SEED=\(seed)")
        }
        try require(
            try await stage.backend.list(JobFilter(limit: 1000)).count, equals: jobs,
            "The number of jobs with NIGHTJAR_SEED=\(seed)")
    }
}

extension JobBackend {
    fileprivate func list() async throws -> [JobRecord] { try await list(JobFilter()) }
}
