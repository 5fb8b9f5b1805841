// What is kept, and for how long.

import NightjarJobs

enum RetentionChecks {
    static let all = [
        Promise(
            "ended jobs are kept for their time, then removed", "ASOK-26", "NUVOM-B20", "DBT-B9", "AT-21", body: prune),
        Promise("jobs that have not ended are never removed", "AT-21", "ASOK-B19", "NOBS-B2", body: keepUnfinished),
        Promise("a job that came back is kept from its latest end on", body: secondEnd),
    ]

    private static let retention = Retention(completed: .seconds(3600), failed: .seconds(7200))

    /// Prunes until nothing is left to prune. Answers how many jobs went.
    private static func pruneAll(_ stage: Stage) async throws -> Int {
        var sum = 0
        while true {
            let removed = try await stage.backend.prune(retention)
            if removed == 0 { return sum }
            sum += removed
        }
    }

    private static func prune(_ stage: Stage) async throws {
        var ids: [JobID] = []
        for disposition in [Disposition.completed(.none), .cancelled(nil), .failed(stage.failure())] {
            ids.append(try await stage.put())
            try await stage.end(try await stage.takeOne(), disposition)
        }
        stage.clock.advance(by: .seconds(3590))
        try require(try await pruneAll(stage), equals: 0, "The number of jobs removed too early")
        let young = try await stage.put()
        try await stage.end(try await stage.takeOne(), .completed(.none))
        stage.clock.advance(by: .seconds(20))
        try require(try await pruneAll(stage), equals: 2, "The number of jobs removed after an hour")
        let kept = try await stage.backend.records(ids + [young]).map { $0?.state }
        try require(kept, equals: [nil, nil, .failed, .completed], "What is kept after an hour")
        stage.clock.advance(by: .seconds(3600))
        try require(try await pruneAll(stage), equals: 2, "The number of jobs removed after two hours")
        let total = try await stage.backend.counts().reduce(0) { $0 + $1.jobs.values.reduce(0, +) }
        try require(total, equals: 0, "The number of jobs counted after two hours")
    }

    private static func keepUnfinished(_ stage: Stage) async throws {
        let running = try await stage.put()
        _ = try await stage.takeOne()
        let retrying = try await stage.put()
        try await stage.end(try await stage.takeOne(), .retrying(at: stage.now + .seconds(100_000), stage.failure()))
        let pending = try await stage.put()
        let scheduled = try await stage.put(after: .seconds(100_000))
        stage.clock.advance(by: .seconds(50_000))
        try require(try await pruneAll(stage), equals: 0, "The number of unfinished jobs removed")
        let states = try await stage.backend.records([running, retrying, pending, scheduled]).map { $0?.state }
        try require(states, equals: [.running, .retrying, .pending, .scheduled], "The states of unfinished jobs")
    }

    private static func secondEnd(_ stage: Stage) async throws {
        let first = try await stage.put("first")
        try await stage.end(try await stage.takeOne(), .failed(stage.failure()))
        let second = try await stage.put("second")
        try await stage.end(try await stage.takeOne(), .failed(stage.failure()))
        stage.clock.advance(by: .seconds(7000))
        _ = try await stage.backend.requeue([first], at: stage.now)
        try await stage.end(try await stage.takeOne(), .failed(stage.failure()))
        stage.clock.advance(by: .seconds(1000))
        try require(try await pruneAll(stage), equals: 1, "The number of dead letters removed")
        try await stage.expect(first, is: .failed)
        try require(try await stage.backend.records([second]).first ?? nil == nil, "The older dead letter was kept.")
    }
}
