// What becomes of an attempt: every arrow that leaves `running`, and what is written down with it.

import NightjarJobs

enum SettleChecks {
    static let all = [
        Promise(
            "running → completed keeps the output and the times", "ASOK-29", "NUVOM-33", "NUVOM-35", "NUVOM-X15",
            body: completed),
        Promise("a job without output is completed all the same", "AT-14", body: completedWithoutOutput),
        Promise(
            "running → retrying → pending keeps the error and counts the attempt", "ASOK-30", "NORI-22", "DBT-24",
            "DBT-B14", body: retrying),
        Promise(
            "running → failed is a dead letter with its error", "NORI-14", "ASOK-31", "ASOK-34", "AT-9", "DBT-26",
            "NUVOM-34", body: failed),
        Promise("running → scheduled is a snooze that counts no attempt", body: snoozed),
        Promise("running → pending is a release: attempt not counted, place kept", "AT-2", "DBT-B1", body: released),
        Promise("running → cancelled", "NUVOM-B7", body: cancelled),
        Promise("the latest 25 failures are kept", body: keptFailures),
        Promise("parent and request are remembered after the end", body: parent),
        Promise("settlements of a batch are answered in order, each on its own", body: mixedBatch),
        Promise("terminal states are final", body: terminalStates),
        Promise("a job that somebody called off while it ran does not wait again", body: cancelRequestHolds),
    ]

    private static func completed(_ stage: Stage) async throws {
        let id = try await stage.put()
        let job = try await stage.takeOne()
        let start = stage.now
        stage.clock.advance(by: .milliseconds(1500))
        try await stage.end(job, .completed(Sample.output("42", for: stage.traits)))
        let record = try await stage.record(id)
        try require(record.state, equals: .completed, "The state")
        try require(Sample.text(of: record.output), equals: "42", "The output")
        try require(record.startedAt, equals: start, "The start")
        try require(record.finishedAt, equals: stage.now, "The end")
        try require(record.attempt, equals: 1, "The number of attempts")
        try await stage.expectNothingToClaim("it is completed")
    }

    private static func completedWithoutOutput(_ stage: Stage) async throws {
        let id = try await stage.put()
        try await stage.end(try await stage.takeOne(), .completed(.none))
        let record = try await stage.record(id)
        try require(record.state, equals: .completed, "The state")
        guard case .none = record.output else {
            throw ConformanceFailure("An output appeared from nowhere.", "completed")
        }
    }

    private static func retrying(_ stage: Stage) async throws {
        let id = try await stage.put()
        let due = stage.now + .microseconds(6_000_001)
        let failure = stage.failure("erster “Fehler”\nzweite Zeile")
        try await stage.end(try await stage.takeOne(), .retrying(at: due, failure))
        let record = try await stage.record(id)
        try require(record.state, equals: .retrying, "The state")
        try require(record.dueAt, equals: due, "The time of the next attempt")
        try require(record.failures, equals: [failure], "The failures")
        try require(record.attempt, equals: 1, "The number of attempts")
        try require(record.finishedAt, equals: nil, "The end")
        try await stage.expectNothingToClaim("its retry is not due")
        stage.clock.advance(to: due)
        try await stage.expect(id, is: .pending)
        try require(try await stage.takeOne().attempt, equals: 2, "The next attempt's number")
    }

    private static func failed(_ stage: Stage) async throws {
        let id = try await stage.put(spec: JobSpec(name: "job", maxAttempts: 2))
        let first = stage.failure("first", attempt: 1)
        try await stage.end(try await stage.takeOne(), .retrying(at: stage.now, first))
        let second = stage.failure("second", attempt: 2)
        try await stage.end(try await stage.takeOne(), .failed(second))
        let record = try await stage.record(id)
        try require(record.state, equals: .failed, "The state")
        try require(record.failures, equals: [first, second], "The failures, oldest first")
        try require(record.finishedAt, equals: stage.now, "The end")
        try require(record.attempt, equals: 2, "The number of attempts")
        stage.clock.advance(by: .seconds(7200))
        try await stage.expectNothingToClaim("it is a dead letter")
        try require(try await stage.backend.rescue().count, equals: 0, "The number of dead letters rescued")
        let dead = try await stage.backend.list(JobFilter(states: [.failed]))
        try require(dead.map(\.id), equals: [id], "The list of dead letters")
    }

    private static func snoozed(_ stage: Stage) async throws {
        let id = try await stage.put()
        for _ in 0..<3 {
            try await stage.end(try await stage.takeOne(), .scheduled(at: stage.now + .seconds(10)))
            let record = try await stage.record(id)
            try require(record.state, equals: .scheduled, "The state")
            try require(record.dueAt, equals: stage.now + .seconds(10), "The due time")
            try require(record.attempt, equals: 0, "The number of attempts after a snooze")
            try require(record.failures.isEmpty, "A snooze was written down as a failure.")
            try await stage.expectNothingToClaim("it sleeps")
            stage.clock.advance(by: .seconds(10))
        }
        try require(try await stage.takeOne().attempt, equals: 1, "The attempt's number after three snoozes")
    }

    private static func released(_ stage: Stage) async throws {
        let first = try await stage.put("first")
        let second = try await stage.put("second")
        let job = try unwrap(try await stage.take(1).first, "There is no job to claim.")
        try require(job.id, equals: first, "The job claimed")
        stage.clock.advance(by: .seconds(3))
        try await stage.end(job, .pending)
        let record = try await stage.record(first)
        try require(record.state, equals: .pending, "The state of a released job")
        try require(record.attempt, equals: 0, "The number of attempts after a release")
        try require(record.crashes, equals: 0, "The number of crashes after a release")
        try require(record.failures.isEmpty, "A release was written down as a failure.")
        let again = try await stage.take(10)
        try require(again.map(\.id), equals: [first, second], "The order after a release")
        try require(again.first?.attempt, equals: 1, "The attempt's number after a release")
    }

    private static func cancelled(_ stage: Stage) async throws {
        for failure in [nil, stage.failure("took too long")] {
            let id = try await stage.put()
            try await stage.end(try await stage.takeOne(), .cancelled(failure))
            let record = try await stage.record(id)
            try require(record.state, equals: .cancelled, "The state")
            try require(record.failures, equals: failure.map { [$0] } ?? [], "The failures")
            try require(record.finishedAt, equals: stage.now, "The end")
        }
    }

    private static func keptFailures(_ stage: Stage) async throws {
        let id = try await stage.put(spec: JobSpec(name: "job", maxAttempts: 100))
        for attempt in 1...30 {
            try await stage.end(
                try await stage.takeOne(), .retrying(at: stage.now, stage.failure("\(attempt)", attempt: attempt)))
        }
        let record = try await stage.record(id)
        try require(record.failures.map(\.message), equals: (6...30).map { "\($0)" }, "The failures kept of 30")
        try require(record.attempt, equals: 30, "The number of attempts")
    }

    private static func parent(_ stage: Stage) async throws {
        let parent = JobID()
        let job = stage.job(parent: parent, requestID: "r-1")
        _ = try await stage.backend.insert([job])
        try await stage.end(try await stage.takeOne(), .completed(.none))
        let record = try await stage.record(job.id)
        try require(record.parent, equals: parent, "The parent of a completed job")
        try require(record.requestID, equals: "r-1", "The request that caused a completed job")
        let found = try await stage.backend.list(JobFilter(requestID: "r-1"))
        try require(found.map(\.id), equals: [job.id], "The jobs that a request caused")
        let others = try await stage.backend.list(JobFilter(requestID: "r-"))
        try require(others.count, equals: 0, "The number of jobs that another request caused")
    }

    private static func mixedBatch(_ stage: Stage) async throws {
        for index in 0..<4 { try await stage.put("\(index)") }
        let jobs = try await stage.take(4)
        try require(jobs.count, equals: 4, "The number of jobs claimed")
        let answers = try await stage.backend.settle([
            Settlement(id: jobs[0].id, lease: jobs[0].lease, disposition: .completed(.none)),
            Settlement(id: jobs[1].id, lease: jobs[1].lease + 1, disposition: .completed(.none)),
            Settlement(id: JobID(), lease: 1, disposition: .completed(.none)),
            Settlement(id: jobs[2].id, lease: jobs[2].lease, disposition: .failed(stage.failure())),
            Settlement(id: jobs[2].id, lease: jobs[2].lease, disposition: .completed(.none)),
            Settlement(id: jobs[3].id, lease: jobs[3].lease, disposition: .retrying(at: stage.now, stage.failure())),
        ])
        try require(answers, equals: [true, false, false, true, false, true], "The answers to a mixed batch")
        let states = try await stage.backend.records(jobs.map(\.id)).map { $0?.state }
        try require(states, equals: [.completed, .running, .failed, .pending], "The states after a mixed batch")
    }

    private static func terminalStates(_ stage: Stage) async throws {
        for disposition in [
            Disposition.completed(Sample.output("1", for: stage.traits)), .failed(stage.failure()), .cancelled(nil),
        ] {
            let id = try await stage.put()
            let job = try await stage.takeOne()
            try await stage.end(job, disposition)
            let before = try await stage.record(id)
            for other in [
                Disposition.completed(Sample.output("2", for: stage.traits)), .failed(stage.failure("late")), .pending,
                .retrying(at: stage.now, stage.failure("late")), .scheduled(at: stage.now), .cancelled(nil),
            ] {
                try require(try await !stage.settle(job, other), "A job that had ended was settled again.")
            }
            try require(try await stage.renew(job), equals: .lost, "The answer to renewing a job that has ended")
            try require(try await stage.backend.cancel([id]), equals: [], "What was cancelled of a job that has ended")
            try require(
                try await stage.backend.reschedule([id], at: stage.now), equals: [],
                "What was rescheduled of such a job")
            let after = try await stage.record(id)
            try require(after.state, equals: before.state, "The state")
            try require(after.failures, equals: before.failures, "The failures")
            try require(Sample.text(of: after.output), equals: Sample.text(of: before.output), "The output")
            try require(after.finishedAt, equals: before.finishedAt, "The end")
            try await stage.expectNothingToClaim("it has ended")
        }
    }

    private static func cancelRequestHolds(_ stage: Stage) async throws {
        for disposition in [
            Disposition.pending, .scheduled(at: stage.now + .seconds(5)), .retrying(at: stage.now, stage.failure()),
        ] {
            let id = try await stage.put()
            let job = try await stage.takeOne()
            try require(try await stage.backend.cancel([id]), equals: [id], "What was cancelled")
            try await stage.end(job, disposition)
            try await stage.expect(id, is: .cancelled)
        }
        let id = try await stage.put()
        let job = try await stage.takeOne()
        _ = try await stage.backend.cancel([id])
        try await stage.end(job, .completed(.none))
        try await stage.expect(id, is: .completed)
    }
}
