// What goes in comes out: every part of a job, through every way back into the queue.

import NightjarJobs

import struct Foundation.Data
import class Foundation.JSONEncoder

enum StorageChecks {
    static let all = [
        Promise(
            "a stored job comes out as it went in", "NORI-7", "NUVOM-4", "NUVOM-19", "NUVOM-37", "ASOK-9",
            body: roundTrip),
        Promise("a new job waits with nothing done yet", "ASOK-27", "DBT-5", body: freshRecord),
        Promise("a batch is stored in order and answered in order", "NUVOM-18", body: batch),
        Promise("an empty batch of anything is no error", body: emptyBatches),
        Promise("an unknown id is nobody, and changes nothing", body: unknownIDs),
        Promise("value and context are copied verbatim through every way back", "ASOK-41", body: verbatim),
    ]

    private static func roundTrip(_ stage: Stage) async throws {
        let spec = JobSpec(
            name: "Shop.SendReceipt “ü” 🐦", version: 3, queue: "mail.de:1", priority: -7, maxAttempts: 8,
            timeout: .milliseconds(1500), onTimeout: .ignore, retry: .exponential(base: 3, maxAttempts: 8).jitter(0.25),
            expires: .seconds(7200),
            unique: UniquePolicy(key: "order-7", for: .seconds(90), while: [.pending, .running], onConflict: .replace),
            tags: ["order", "tag with space, comma and \"quotes\""], metadata: ["tenant": "a'b\n", "empty": ""],
            storesResult: false)
        let parent = JobID()
        let job = stage.job(
            "välue", spec: spec, after: .microseconds(1_000_001), context: "cöntext", parent: parent, requestID: "r-1")
        try require(try await stage.backend.insert([job]), equals: [.inserted], "The answer to an insert")

        let record = try await stage.record(job.id)
        try require(record.id, equals: job.id, "The id")
        try require(record.parent, equals: parent, "The parent")
        try require(record.requestID, equals: "r-1", "The id of the request")
        try require(record.createdAt, equals: job.createdAt, "The time it was made")
        try require(record.dueAt, equals: job.dueAt, "The due time")
        try require(Sample.text(of: record.payload), equals: "välue", "The value")
        try require(Sample.text(of: record.context), equals: "cöntext", "The context")
        try compare(record.spec, spec)

        stage.clock.advance(by: .seconds(2))
        let claimed = try unwrap(try await stage.take(1, "mail.de:1").first, "The job was not handed out.")
        try require(claimed.createdAt, equals: job.createdAt, "The time it was made, as the worker sees it")
        try require(claimed.claimedAt, equals: stage.now, "The time of the claim")
        try require(Sample.text(of: claimed.payload), equals: "välue", "The value, as the worker gets it")
        try require(Sample.text(of: claimed.context), equals: "cöntext", "The context, as the worker gets it")
        try compare(claimed.spec, spec)
    }

    private static func compare(_ found: JobSpec, _ expected: JobSpec) throws {
        try require(found.name, equals: expected.name, "The name")
        try require(found.version, equals: expected.version, "The version of its type")
        try require(found.queue, equals: expected.queue, "The queue")
        try require(found.priority, equals: expected.priority, "The priority")
        try require(found.maxAttempts, equals: expected.maxAttempts, "The number of attempts")
        try require(found.timeout, equals: expected.timeout, "The timeout")
        try require(found.onTimeout, equals: expected.onTimeout, "The timeout policy")
        try require(try json(found.retry), equals: try json(expected.retry), "The retry policy")
        try require(found.expires, equals: expected.expires, "The expiry")
        try require(found.unique, equals: expected.unique, "The unique policy")
        try require(found.tags, equals: expected.tags, "The tags")
        try require(found.metadata, equals: expected.metadata, "The metadata")
        try require(found.storesResult, equals: expected.storesResult, "Whether the result is kept")
    }

    private static func json(_ policy: RetryPolicy?) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode([policy])
    }

    private static func freshRecord(_ stage: Stage) async throws {
        let soon = try await stage.put()
        let later = try await stage.put(after: .seconds(10))
        let record = try await stage.record(soon)
        try require(record.state, equals: .pending, "The state of a job that is due")
        try require(record.attempt, equals: 0, "The number of attempts")
        try require(record.crashes, equals: 0, "The number of crashes")
        try require(record.failures.isEmpty, "A job that never ran has failures.")
        try require(
            record.startedAt == nil && record.finishedAt == nil, "A job that never ran has started or finished.")
        try require(record.progress, equals: nil, "The progress")
        try require(record.parent, equals: nil, "The parent")
        try require(Sample.text(of: record.context), equals: nil, "The context of a job that has none")
        try await stage.expect(later, is: .scheduled)
    }

    private static func batch(_ stage: Stage) async throws {
        let jobs = (0..<500).map { stage.job("\($0)") }
        let answers = try await stage.backend.insert(jobs)
        try require(answers, equals: Array(repeating: .inserted, count: 500), "The answers to a batch")
        let records = try await stage.backend.records(jobs.map(\.id).reversed())
        try require(records.map { $0?.id }, equals: jobs.map(\.id).reversed(), "The order of records")
        let claimed = try await stage.take(500)
        try require(claimed.map(\.id), equals: jobs.map(\.id), "The order of jobs inserted together")
        let texts = claimed.map { Sample.text(of: $0.payload) }
        try require(texts, equals: (0..<500).map { "\($0)" }, "The values of a batch")
    }

    private static func emptyBatches(_ stage: Stage) async throws {
        let backend = stage.backend
        try require(try await backend.insert([]), equals: [], "The answer to an empty insert")
        try require(try await backend.settle([]), equals: [], "The answer to an empty settle")
        try require(try await backend.renew([]), equals: [], "The answer to an empty renew")
        try require(try await backend.cancel([]), equals: [], "The answer to an empty cancel")
        try require(try await backend.requeue([], at: stage.now), equals: [], "The answer to an empty requeue")
        try require(try await backend.reschedule([], at: stage.now), equals: [], "The answer to an empty reschedule")
        try require(try await backend.delete([]), equals: [], "The answer to an empty delete")
        try require(try await backend.records([]).count, equals: 0, "The number of records of no ids")
        try require(try await stage.take(0).count, equals: 0, "The number of jobs in a claim of none")
        try require(try await stage.take(10).count, equals: 0, "The number of jobs claimed from an empty store")
        try require(try await backend.rescue().count, equals: 0, "The number of jobs rescued in an empty store")
        try require(try await backend.prune(Retention()), equals: 0, "The number of jobs pruned in an empty store")
        try require(try await backend.nextDue(in: .all), equals: nil, "The next due time of an empty store")
        try require(try await backend.list(JobFilter()).count, equals: 0, "The number of jobs in an empty store")
        let total = try await backend.counts().reduce(0) { $0 + $1.jobs.values.reduce(0, +) }
        try require(total, equals: 0, "The sum of an empty store's counts")
    }

    private static func unknownIDs(_ stage: Stage) async throws {
        let known = try await stage.put()
        let unknown = JobID()
        let backend = stage.backend
        try require(try await backend.cancel([unknown, known]), equals: [known], "The jobs that were cancelled")
        try require(
            try await backend.reschedule([unknown], at: stage.now), equals: [], "The jobs that were rescheduled")
        try require(
            try await backend.requeue([unknown, known], at: stage.now), equals: [known], "The jobs brought back")
        let records = try await backend.records([unknown, known, unknown])
        try require(records.map { $0?.id }, equals: [nil, known, nil], "The records of known and unknown ids")
        let settled = try await backend.settle([Settlement(id: unknown, lease: 1, disposition: .pending)])
        try require(settled, equals: [false], "The answer to settling an unknown job")
        let renewed = try await backend.renew([Renewal(id: unknown, lease: 1)])
        try require(renewed, equals: [.lost], "The answer to renewing an unknown job")
        try require(try await backend.delete([unknown, known]), equals: [known], "The jobs that were deleted")
    }

    private static func verbatim(_ stage: Stage) async throws {
        let job = stage.job("the value", context: "the request")
        _ = try await stage.backend.insert([job])
        func expectSame(_ claimed: ClaimedJob, after way: String) throws {
            try require(Sample.text(of: claimed.payload), equals: "the value", "The value after \(way)")
            try require(Sample.text(of: claimed.context), equals: "the request", "The context after \(way)")
        }
        var claimed = try await stage.takeOne()
        try await stage.end(claimed, .retrying(at: stage.now, stage.failure()))
        claimed = try await stage.takeOne()
        try expectSame(claimed, after: "a retry")
        try await stage.end(claimed, .scheduled(at: stage.now))
        claimed = try await stage.takeOne()
        try expectSame(claimed, after: "a snooze")
        try await stage.end(claimed, .pending)
        claimed = try await stage.takeOne()
        try expectSame(claimed, after: "a release")
        stage.clock.advance(by: .seconds(31))
        try require(try await stage.backend.rescue().map(\.id), equals: [job.id], "The jobs rescued")
        claimed = try await stage.takeOne()
        try expectSame(claimed, after: "a rescue")
        try await stage.end(claimed, .failed(stage.failure()))
        let dead = try await stage.record(job.id)
        try require(Sample.text(of: dead.payload), equals: "the value", "The value of a dead letter")
        try require(Sample.text(of: dead.context), equals: "the request", "The context of a dead letter")
        _ = try await stage.backend.requeue([job.id], at: stage.now)
        claimed = try await stage.takeOne()
        try expectSame(claimed, after: "an operator's retry")
    }
}
