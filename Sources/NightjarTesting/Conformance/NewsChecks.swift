// News: a worker sleeps until it is told, and a future until its job changed. Told too often costs a look, told too
// seldom costs a stuck job; so these checks ask for what must be told and ignore the rest.

import NightjarJobs

enum NewsChecks {
    static let all = [
        Promise("a job that can be claimed is announced", "NORI-B6", "AT-10", "NORI-X6", "DBT-13", body: ready),
        Promise("a job that falls due later is announced with its time", "AT-10", body: due),
        Promise("every change of a job is announced", body: changed),
        Promise("the cancellation of a running job is announced", body: cancelRequested),
        Promise("news comes after the change it tells of", body: afterCommit),
        Promise("all subscribers are told", body: everybody),
    ]

    /// The news a step causes; waits until it meets the condition.
    private static func news(
        _ stage: Stage, of step: () async throws -> Void, until isEnough: @escaping @Sendable ([BackendNews]) -> Bool
    ) async throws {
        let news = Recorder<BackendNews>()
        stage.backend.subscribe { news.record($0) }
        try await step()
        await news.until(isEnough)
    }

    private static func isReady(_ news: [BackendNews]) -> Bool {
        news.contains { if case .ready = $0 { true } else { false } }
    }

    private static func isDue(_ news: [BackendNews], by moment: Timestamp) -> Bool {
        news.contains { item in
            switch item {
            case .due(let due): due <= moment
            case .ready: true
            default: false
            }
        }
    }

    private static func hasChanged(_ news: [BackendNews], _ id: JobID) -> Bool {
        news.contains { if case .changed(let ids) = $0 { ids.contains(id) } else { false } }
    }

    private static func ready(_ stage: Stage) async throws {
        let backend = stage.backend
        try await news(stage, of: { try await stage.put() }, until: isReady)
        let job = try await stage.takeOne()
        try await news(stage, of: { try await stage.end(job, .pending) }, until: isReady)
        let second = try await stage.takeOne()
        try await news(
            stage, of: { try await stage.end(second, .retrying(at: stage.now, stage.failure())) }, until: isReady)
        let third = try await stage.takeOne()
        try await news(stage, of: { try await stage.end(third, .scheduled(at: stage.now)) }, until: isReady)
        _ = try await stage.takeOne()
        stage.clock.advance(by: .seconds(31))
        try await news(stage, of: { _ = try await backend.rescue() }, until: isReady)
        try await stage.end(try await stage.takeOne(), .failed(stage.failure()))
        try await news(stage, of: { _ = try await backend.requeue([job.id], at: stage.now) }, until: isReady)
        try await backend.setPaused(true, queue: "default")
        try await news(stage, of: { try await backend.setPaused(false, queue: "default") }, until: isReady)
        let later = try await stage.put(after: .seconds(60))
        try await news(stage, of: { _ = try await backend.reschedule([later], at: stage.now) }, until: isReady)
    }

    private static func due(_ stage: Stage) async throws {
        let moment = stage.now + .seconds(60)
        let isDue: @Sendable ([BackendNews]) -> Bool = { Self.isDue($0, by: moment) }
        let backend = stage.backend
        try await news(stage, of: { try await stage.put(after: .seconds(60)) }, until: isDue)
        try await news(
            stage,
            of: { _ = try await backend.insert([stage.job(after: .seconds(90)), stage.job(after: .seconds(60))]) },
            until: isDue)
        try await stage.put()
        let job = try await stage.takeOne()
        try await news(stage, of: { try await stage.end(job, .retrying(at: moment, stage.failure())) }, until: isDue)
        try await stage.put()
        let second = try await stage.takeOne()
        try await news(stage, of: { try await stage.end(second, .scheduled(at: moment)) }, until: isDue)
        try await stage.put()
        try await stage.end(try await stage.takeOne(), .failed(stage.failure()))
        let dead = try await backend.list(JobFilter(states: [.failed])).map(\.id)
        try await news(stage, of: { _ = try await backend.requeue(dead, at: moment) }, until: isDue)
        let far = try await stage.put(after: .seconds(600))
        try await news(stage, of: { _ = try await backend.reschedule([far], at: moment) }, until: isDue)
    }

    private static func changed(_ stage: Stage) async throws {
        let backend = stage.backend
        let id = try await stage.put()
        let isTold: @Sendable ([BackendNews]) -> Bool = { hasChanged($0, id) }
        let attempts = Recorder<ClaimedJob>()
        func claim() async throws -> ClaimedJob {
            try await news(stage, of: { attempts.record(try await stage.takeOne()) }, until: isTold)
            return try unwrap(attempts.values.last, "There is no job to claim.")
        }
        var job = try await claim()
        try await news(
            stage, of: { _ = try await stage.renew(job, progress: JobProgress(fraction: 0.5)) }, until: isTold)
        for disposition in [
            Disposition.pending, .scheduled(at: stage.now), .retrying(at: stage.now, stage.failure()),
            .failed(stage.failure()),
        ] {
            try await news(stage, of: { try await stage.end(job, disposition) }, until: isTold)
            if case .failed = disposition { break }
            job = try await claim()
        }
        try await news(stage, of: { _ = try await backend.requeue([id], at: stage.now) }, until: isTold)
        _ = try await claim()
        stage.clock.advance(by: .seconds(31))
        try await news(stage, of: { _ = try await backend.rescue() }, until: isTold)
        try await news(
            stage, of: { _ = try await backend.reschedule([id], at: stage.now + .seconds(60)) }, until: isTold)
        try await news(stage, of: { _ = try await backend.cancel([id]) }, until: isTold)
        try await news(stage, of: { _ = try await backend.requeue([id], at: stage.now) }, until: isTold)
        job = try await claim()
        try await news(stage, of: { try await stage.end(job, .completed(.none)) }, until: isTold)
        try await news(stage, of: { _ = try await backend.delete([id]) }, until: isTold)
        let expiring = try await stage.put(spec: JobSpec(name: "job", expires: .seconds(1)))
        stage.clock.advance(by: .seconds(2))
        try await news(stage, of: { _ = try await stage.take() }, until: { hasChanged($0, expiring) })
    }

    private static func cancelRequested(_ stage: Stage) async throws {
        let id = try await stage.put()
        _ = try await stage.takeOne()
        try await news(stage, of: { _ = try await stage.backend.cancel([id]) }) { news in
            news.contains { if case .cancelRequested(let ids) = $0 { ids.contains(id) } else { false } }
        }
    }

    private static func afterCommit(_ stage: Stage) async throws {
        let states = Recorder<JobState?>()
        let backend = stage.backend
        backend.subscribe { news in
            guard case .changed(let ids) = news, let id = ids.first else { return }
            Task { states.record(try? await backend.records([id]).first??.state) }
        }
        try await stage.put()
        let job = try await stage.takeOne()
        await states.untilCount(1)
        try await stage.end(job, .completed(.none))
        let seen = await states.until { $0.contains(.completed) || $0.count > 1 && $0.last == .running }
        try require(seen.last == .completed, "News of a change came before the change could be seen.")
        try require(seen.allSatisfy { $0 == .running || $0 == .completed }, "News of a claim came before the claim.")
    }

    private static func everybody(_ stage: Stage) async throws {
        let news = (0..<3).map { _ in Recorder<BackendNews>() }
        for recorder in news { stage.backend.subscribe { recorder.record($0) } }
        try await stage.put()
        for recorder in news { await recorder.until(isReady) }
    }
}
