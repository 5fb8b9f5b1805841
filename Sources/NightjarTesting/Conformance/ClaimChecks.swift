// Who is next: queues in their order, then priority, due time and id; and who is not to be handed out.

import NightjarJobs

enum ClaimChecks {
    static let all = [
        Promise("a job is handed out once", "NORI-12", "AT-4", body: once),
        Promise("a claim says everything about the attempt", "NORI-21", "ASOK-28", body: claimedFields),
        Promise("no more are handed out than were asked for", "AT-4", "NUVOM-27", body: limit),
        Promise(
            "order within a queue: priority, then due time, then id", "NORI-B8", "NUVOM-B19", "DBT-X4", "NUVOM-X18",
            body: order),
        Promise("queues are drained in the order named", "ASOK-14", "AT-6", body: queueOrder),
        Promise("a queue that is not named is left alone", "NORI-19", "ASOK-4", body: onlyNamed),
        Promise("a star takes all other queues, best job first", "NOBS-X9", body: star),
        Promise("a star leaves out the queues that have workers of their own", "NOBS-3", body: starWithout),
        Promise("a job is not handed out before it is due", "NORI-10", "DBT-8", body: notEarly),
        Promise("a waiting retry delays nobody", "AT-7", "NUVOM-B8", body: waitingRetry),
        Promise("jobs of unknown names stay where they are", "NUVOM-42", body: excluding),
        Promise("jobs of versions that a worker does not know stay where they are", body: excludingVersions),
        Promise("a job that expired is called off, not handed out", body: expiry),
        Promise("an expired retry is called off, too", body: expiredRetry),
        Promise("a paused queue hands out nothing until it is resumed", body: pause),
    ]

    private static func once(_ stage: Stage) async throws {
        let id = try await stage.put()
        try require(try await stage.takeOne().id, equals: id, "The job claimed")
        try await stage.expectNothingToClaim("it is running")
        stage.clock.advance(by: .seconds(29))
        try await stage.expectNothingToClaim("its lease still holds")
    }

    private static func claimedFields(_ stage: Stage) async throws {
        let id = try await stage.put()
        stage.clock.advance(by: .milliseconds(250))
        let first = try await stage.takeOne(worker: "w1")
        try require(first.attempt, equals: 1, "The first attempt's number")
        try require(first.crashes, equals: 0, "The number of crashes")
        try require(first.dueAt, equals: stage.now - .milliseconds(250), "Since when it has been due")
        let record = try await stage.record(id)
        try require(record.state, equals: .running, "The state of a claimed job")
        try require(record.attempt, equals: 1, "The attempt in the record")
        try require(record.startedAt, equals: stage.now, "The start of the attempt")
        try require(record.worker, equals: "w1", "The worker")
        try require(record.lease, equals: first.lease, "The lease in the record")
        try await stage.end(first, .retrying(at: stage.now, stage.failure()))
        let second = try await stage.takeOne(worker: "w2")
        try require(second.attempt, equals: 2, "The second attempt's number")
        try require(second.lease > first.lease, "The second claim did not raise the lease.")
        try require(try await stage.record(id).worker, equals: "w2", "The worker of the second attempt")
    }

    private static func limit(_ stage: Stage) async throws {
        _ = try await stage.backend.insert((0..<25).map { stage.job("\($0)") })
        var seen: [JobID] = []
        for expected in [10, 10, 5, 0] {
            let jobs = try await stage.take(10)
            try require(jobs.count, equals: expected, "The number of jobs in a claim of 10")
            seen += jobs.map(\.id)
        }
        try require(Set(seen).count, equals: 25, "The number of different jobs")
    }

    private static func order(_ stage: Stage) async throws {
        func spec(_ priority: Int) -> JobSpec { JobSpec(name: "job", priority: priority) }
        let jobs = [
            stage.job("5", spec: spec(0), after: .seconds(2)),
            stage.job("3", spec: spec(0), after: .seconds(1)),
            stage.job("4", spec: spec(0), after: .seconds(1)),
            stage.job("7", spec: spec(-32768)),
            stage.job("2", spec: spec(5), after: .seconds(3)),
            stage.job("1", spec: spec(32767), after: .seconds(4)),
            stage.job("6", spec: spec(-1)),
        ]
        _ = try await stage.backend.insert(jobs)
        stage.clock.advance(by: .seconds(10))
        try require(try await texts(stage, limit: 3), equals: ["1", "2", "3"], "The first three")
        try require(try await texts(stage, limit: 10), equals: ["4", "5", "6", "7"], "The rest")
    }

    private static func queueOrder(_ stage: Stage) async throws {
        for (queue, priority) in [("low", 100), ("default", 0), ("high", -100), ("low", 0), ("high", 0)] {
            try await stage.put("\(queue) \(priority)", spec: JobSpec(name: "job", queue: queue, priority: priority))
        }
        let expected = ["high 0", "high -100", "default 0", "low 100", "low 0"]
        var found = try await texts(stage, limit: 2, "high,default,low")
        try await stage.put("high again", spec: JobSpec(name: "job", queue: "high"))
        found += try await texts(stage, limit: 1, "high,default,low")
        found += try await texts(stage, limit: 10, "high,default,low")
        try require(
            found, equals: Array(expected[..<2]) + ["high again"] + expected[2...], "The order of three queues' jobs")
    }

    private static func onlyNamed(_ stage: Stage) async throws {
        try await stage.put("mail", spec: JobSpec(name: "job", queue: "mail"))
        try await stage.put("default")
        try require(try await texts(stage, limit: 10, "other"), equals: [], "What a worker of an empty queue gets")
        try require(try await texts(stage, limit: 10, "mail"), equals: ["mail"], "What a worker of “mail” gets")
        try require(try await texts(stage, limit: 10, "default,mail"), equals: ["default"], "What is left")
    }

    private static func star(_ stage: Stage) async throws {
        try await stage.put("b 1", spec: JobSpec(name: "job", queue: "b", priority: 1))
        try require(
            try await texts(stage, limit: 10, .all), equals: ["b 1"],
            "What a worker of all queues gets from an unusual one")
        for (queue, priority) in [("b", 1), ("a", 0), ("c", 2), ("low", 0), ("a", 3)] {
            try await stage.put("\(queue) \(priority)", spec: JobSpec(name: "job", queue: queue, priority: priority))
        }
        try require(
            try await texts(stage, limit: 10, "low,*"), equals: ["low 0", "a 3", "c 2", "b 1", "a 0"],
            "The order with a star")
    }

    private static func starWithout(_ stage: Stage) async throws {
        for queue in ["a", "own", "b", "low"] {
            try await stage.put(queue, spec: JobSpec(name: "job", queue: queue))
        }
        let others = QueueSelection(["low"], includesOthers: true, excluding: ["own"])
        try require(try await texts(stage, limit: 10, others), equals: ["low", "a", "b"], "What a star takes")
        try require(try await texts(stage, limit: 10, "own"), equals: ["own"], "What the queue's own worker gets")
    }

    private static func notEarly(_ stage: Stage) async throws {
        try await stage.put("later", after: .seconds(3600))
        try await stage.put("soon", after: .microseconds(500))
        try await stage.expectNothingToClaim("it is not due")
        stage.clock.advance(by: .microseconds(499))
        try await stage.expectNothingToClaim("it is due a microsecond later")
        stage.clock.advance(by: .microseconds(1))
        try require(try await texts(stage, limit: 10), equals: ["soon"], "What is due now")
        stage.clock.advance(by: .seconds(3600))
        try require(try await texts(stage, limit: 10), equals: ["later"], "What is due an hour later")
    }

    private static func waitingRetry(_ stage: Stage) async throws {
        try await stage.put("retry", spec: JobSpec(name: "job", priority: 100))
        try await stage.end(try await stage.takeOne(), .retrying(at: stage.now + .seconds(3600), stage.failure()))
        for index in 0..<20 { try await stage.put("\(index)") }
        try require(
            try await texts(stage, limit: 30), equals: (0..<20).map { "\($0)" },
            "What is handed out beside a waiting retry")
        stage.clock.advance(by: .seconds(3600))
        try require(try await texts(stage, limit: 30), equals: ["retry"], "What is handed out when the retry is due")
    }

    private static func excluding(_ stage: Stage) async throws {
        let unknown = try await stage.put("unknown", spec: JobSpec(name: "unknown", priority: 5))
        try await stage.put("known", spec: JobSpec(name: "known"))
        let jobs = try await stage.take(10, excluding: ["unknown", "other"])
        try require(jobs.map { Sample.text(of: $0.payload) }, equals: ["known"], "What a worker without the code gets")
        let record = try await stage.record(unknown)
        try require(record.state, equals: .pending, "The state of the job that was passed over")
        try require(record.attempt, equals: 0, "The attempts of the job that was passed over")
        let due = try await stage.backend.nextDue(in: .all)
        try require(
            due.map { $0 > stage.now } ?? true, "A worker that cannot run what is due is told to look again at once.")
        try require(try await texts(stage, limit: 10), equals: ["unknown"], "What a worker with the code gets")
    }

    private static func excludingVersions(_ stage: Stage) async throws {
        for version in 1...3 { try await stage.put("\(version)", spec: JobSpec(name: "job", version: version)) }
        try await stage.put("other", spec: JobSpec(name: "other", version: 3))
        var unknown: UnknownJobs = []
        unknown.insert("job", from: 2)
        let jobs = try await stage.take(10, excluding: unknown)
        try require(
            jobs.map { Sample.text(of: $0.payload) }, equals: ["1", "other"], "What a worker of the first version gets")
        try require(try await texts(stage, limit: 10), equals: ["2", "3"], "What a worker of the third version gets")
    }

    private static func expiry(_ stage: Stage) async throws {
        let id = try await stage.put(spec: JobSpec(name: "job", expires: .seconds(10)))
        let started = try await stage.put(spec: JobSpec(name: "job", queue: "started", expires: .seconds(10)))
        let running = try unwrap(try await stage.take(1, "started").first, "There is no job to claim.")
        stage.clock.advance(by: .seconds(9))
        try await stage.put("other")
        stage.clock.advance(by: .seconds(2))
        try require(try await texts(stage, limit: 10), equals: ["other"], "What is handed out beside an expired job")
        let record = try await stage.record(id)
        try require(record.state, equals: .cancelled, "The state of an expired job")
        try require(record.attempt, equals: 0, "The attempts of an expired job")
        try require(record.finishedAt != nil, "An expired job has not ended.")
        try require(
            record.failures.last?.message.contains("expired") ?? false, "An expired job does not say that it expired.")
        try await stage.end(running, .completed(.none))
        try await stage.expect(started, is: .completed)
    }

    private static func expiredRetry(_ stage: Stage) async throws {
        let id = try await stage.put(spec: JobSpec(name: "job", expires: .seconds(10)))
        try await stage.end(try await stage.takeOne(), .retrying(at: stage.now + .seconds(20), stage.failure()))
        stage.clock.advance(by: .seconds(20))
        try await stage.expectNothingToClaim("it expired")
        try await stage.expect(id, is: .cancelled)
    }

    private static func pause(_ stage: Stage) async throws {
        let backend = stage.backend
        try await backend.setPaused(true, queue: "default")
        try await stage.put("paused")
        try await stage.put("later", after: .seconds(5))
        try await stage.put("other", spec: JobSpec(name: "job", queue: "other"))
        try require(try await texts(stage, limit: 10), equals: ["other"], "What is handed out beside a paused queue")
        stage.clock.advance(by: .seconds(6))
        try await stage.expectNothingToClaim("its queue is paused")
        try await stage.expectNothingToClaim("its queue is paused", in: "*")
        let due = try await backend.nextDue(in: .all)
        try require(due.map { $0 > stage.now } ?? true, "A worker is told to look at a paused queue again at once.")
        let counts = try await backend.counts().first { $0.queue == "default" }
        try require(counts?.isPaused, equals: true, "Whether the queue is shown as paused")
        try require(counts?[.pending], equals: 2, "The jobs pending in the paused queue")
        try await backend.setPaused(false, queue: "default")
        try require(try await texts(stage, limit: 10), equals: ["paused", "later"], "What a resumed queue hands out")
        try await backend.setPaused(true, queue: "never used")
        let isShown = try await backend.counts().contains { $0.queue == "never used" && $0.isPaused }
        try require(isShown, "A paused queue without jobs is not shown.")
    }

    private static func texts(
        _ stage: Stage, limit: Int, _ queues: QueueSelection = .all
    ) async throws -> [String] {
        try await stage.take(limit, queues).map { Sample.text(of: $0.payload) ?? "?" }
    }
}
