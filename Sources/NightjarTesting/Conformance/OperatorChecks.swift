// What people do to jobs: cancel, move, bring back, delete.

import NightjarJobs

enum OperatorChecks {
    static let all = [
        Promise("a waiting job is cancelled at once", "ASOK-X14", "DBT-B12", body: cancelWaiting),
        Promise("a running job's worker is told to cancel it", "DBT-B12", body: cancelRunning),
        Promise("what has ended cannot be cancelled", body: cancelEnded),
        Promise("a job that has not started can be given another due time", "DBT-X13", body: reschedule),
        Promise("a retry that is put off stays one until its time has come", body: rescheduleRetry),
        Promise("what runs or has ended cannot be given another due time", body: rescheduleOthers),
        Promise("a dead letter comes back with all its attempts", "AT-9", "ASOK-X4", body: requeueFailed),
        Promise("a cancelled job comes back; nothing else does", "AT-9", body: requeueOthers),
        Promise("a job comes back at the time asked for", body: requeueLater),
        Promise("anything that is not running can be deleted", "AT-9", "ASOK-X4", body: delete),
    ]

    private static func cancelWaiting(_ stage: Stage) async throws {
        let pending = try await stage.put()
        let scheduled = try await stage.put(after: .seconds(60))
        let retrying = try await stage.put(spec: JobSpec(name: "job", queue: "retrying"))
        let attempt = try unwrap(try await stage.take(1, "retrying").first, "There is no job to claim.")
        try await stage.end(attempt, .retrying(at: stage.now + .seconds(60), stage.failure()))
        let ids = [pending, scheduled, retrying]
        try require(try await stage.backend.cancel(ids), equals: ids, "What was cancelled")
        for id in ids {
            let record = try await stage.record(id)
            try require(record.state, equals: .cancelled, "The state")
            try require(record.finishedAt, equals: stage.now, "The end")
        }
        stage.clock.advance(by: .seconds(120))
        try await stage.expectNothingToClaim("it was cancelled")
        try require(try await stage.backend.nextDue(in: .all), equals: nil, "The next due time")
    }

    private static func cancelRunning(_ stage: Stage) async throws {
        let id = try await stage.put()
        let job = try await stage.takeOne()
        try require(try await stage.backend.cancel([id]), equals: [id], "What was cancelled")
        try await stage.expect(id, is: .running)
        try require(try await stage.renew(job), equals: .cancelRequested, "The answer to a renewal")
        try require(try await stage.renew(job), equals: .cancelRequested, "The answer to the next renewal")
        try await stage.end(job, .cancelled(nil))
        try await stage.expect(id, is: .cancelled)
        try require(try await stage.backend.requeue([id], at: stage.now), equals: [id], "What was brought back")
        try require(try await stage.renew(try await stage.takeOne()), equals: .held, "The renewal of the next attempt")
    }

    private static func cancelEnded(_ stage: Stage) async throws {
        let ids = try await stage.oneOfEach()
        for state in [JobState.completed, .failed, .cancelled] {
            let id = try unwrap(ids[state], "There is no \(state) job.")
            try require(try await stage.backend.cancel([id]), equals: [], "What was cancelled of a \(state) job")
            try await stage.expect(id, is: state)
        }
    }

    private static func reschedule(_ stage: Stage) async throws {
        let backend = stage.backend
        let held = try await stage.put("held", after: .seconds(600))
        let now = try await stage.put("now")
        try require(try await backend.reschedule([held], at: stage.now), equals: [held], "What was let go")
        try await stage.expect(held, is: .pending)
        try require(
            try await backend.reschedule([now], at: stage.now + .seconds(60)), equals: [now], "What was put off")
        try await stage.expect(now, is: .scheduled)
        try require(try await backend.nextDue(in: .all), equals: stage.now + .seconds(60), "The next due time")
        let attempt = try await stage.takeOne()
        try require(attempt.id, equals: held, "The job claimed")
        try await stage.end(attempt, .retrying(at: stage.now + .seconds(600), stage.failure()))
        try require(
            try await backend.reschedule([held, now], at: stage.now + .seconds(10)), equals: [held, now],
            "What was moved")
        let retrying = try await stage.record(held)
        try require(retrying.state, equals: .retrying, "The state of a retry that was moved")
        try require(retrying.attempt, equals: 1, "The attempts of a retry that was moved")
        try await stage.expectNothingToClaim("it was put off")
        stage.clock.advance(by: .seconds(10))
        try require(
            Set(try await stage.take(10).map(\.id)), equals: [held, now], "What is handed out when the time has come")
        stage.clock.advance(by: .seconds(3))
        try require(try await backend.nextDue(in: .all), equals: nil, "The next due time when nothing waits")
    }

    private static func rescheduleRetry(_ stage: Stage) async throws {
        let id = try await stage.put()
        try await stage.end(try await stage.takeOne(), .retrying(at: stage.now + .seconds(60), stage.failure()))
        _ = try await stage.backend.reschedule([id], at: stage.now + .seconds(120))
        try await stage.expect(id, is: .retrying)
        stage.clock.advance(by: .seconds(121))
        _ = try await stage.backend.reschedule([id], at: stage.now + .seconds(60))
        try await stage.expect(id, is: .scheduled)
    }

    private static func rescheduleOthers(_ stage: Stage) async throws {
        let ids = try await stage.oneOfEach()
        for state in [JobState.running, .completed, .failed, .cancelled] {
            let id = try unwrap(ids[state], "There is no \(state) job.")
            let moved = try await stage.backend.reschedule([id], at: stage.now)
            try require(moved, equals: [], "What was rescheduled of a \(state) job")
            try await stage.expect(id, is: state)
        }
    }

    private static func requeueFailed(_ stage: Stage) async throws {
        let id = try await stage.put(spec: JobSpec(name: "job", maxAttempts: 2))
        let created = stage.now
        for attempt in 1...2 {
            let job = try await stage.takeOne()
            let failure = stage.failure("\(attempt)", attempt: attempt)
            try await stage.end(job, attempt == 1 ? .retrying(at: stage.now, failure) : .failed(failure))
        }
        stage.clock.advance(by: .seconds(5))
        try require(try await stage.backend.requeue([id], at: stage.now), equals: [id], "What was brought back")
        let record = try await stage.record(id)
        try require(record.state, equals: .pending, "The state")
        try require(record.attempt, equals: 0, "The number of attempts")
        try require(record.finishedAt, equals: nil, "The end")
        try require(record.createdAt, equals: created, "The time it was made")
        try require(record.dueAt, equals: stage.now, "The due time")
        try require(record.failures.map(\.message), equals: ["1", "2"], "The failures, which are history")
        let lease = record.lease
        let job = try await stage.takeOne()
        try require(job.attempt, equals: 1, "The attempt's number")
        try require(job.lease > lease, "The lease was not raised after an operator's retry.")
        try await stage.end(job, .completed(.none))
        try await stage.expect(id, is: .completed)
    }

    private static func requeueOthers(_ stage: Stage) async throws {
        let ids = try await stage.oneOfEach()
        for state in JobState.allCases {
            let id = try unwrap(ids[state], "There is no \(state) job.")
            let expected = state == .failed || state == .cancelled ? [id] : []
            try require(
                try await stage.backend.requeue([id], at: stage.now), equals: expected,
                "What was brought back of a \(state) job")
            try await stage.expect(id, is: expected.isEmpty ? state : .pending)
        }
    }

    private static func requeueLater(_ stage: Stage) async throws {
        let id = try await stage.put()
        try await stage.end(try await stage.takeOne(), .failed(stage.failure()))
        _ = try await stage.backend.requeue([id], at: stage.now + .seconds(30))
        try await stage.expect(id, is: .scheduled)
        try await stage.expectNothingToClaim("it comes back later")
        try require(try await stage.backend.nextDue(in: .all), equals: stage.now + .seconds(30), "The next due time")
        stage.clock.advance(by: .seconds(30))
        try require(try await stage.takeOne().id, equals: id, "The job claimed")
    }

    private static func delete(_ stage: Stage) async throws {
        let ids = try await stage.oneOfEach()
        for state in JobState.allCases {
            let id = try unwrap(ids[state], "There is no \(state) job.")
            let expected = state == .running ? [] : [id]
            try require(try await stage.backend.delete([id]), equals: expected, "What was deleted of a \(state) job")
            let record = try await stage.backend.records([id]).first ?? nil
            try require(
                record?.state, equals: state == .running ? .running : nil, "The state after deletion of a \(state) job")
        }
        stage.clock.advance(by: .seconds(120))
        try await stage.expectNothingToClaim("it was deleted")
        let left = try await stage.backend.list(JobFilter())
        try require(left.map(\.id), equals: ids[.running].map { [$0] } ?? [], "The jobs left")
        let total = try await stage.backend.counts().reduce(0) { $0 + $1.jobs.values.reduce(0, +) }
        try require(total, equals: 1, "The number of jobs counted")
    }
}
