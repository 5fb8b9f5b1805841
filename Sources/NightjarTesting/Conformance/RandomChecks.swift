// Random sequences of operations, compared step by step with a model. A failure names its seed, the step, and what was
// done last; NIGHTJAR_SEED=… runs the same sequence again.

import NightjarJobs

enum RandomChecks {
    static let all = (1...4).map { number in
        Promise("random operations agree with a simple model, sequence \(number) of 4", "AT-12", "AT-9", "AT-8") {
            stage in
            let seed = SeededRandom.seed
            var play = RandomPlay(stage, seed: seed &+ UInt64(number - 1))
            for step in 1...600 {
                do { try await play.step() } catch let failure as ConformanceFailure {
                    throw ConformanceFailure(
                        "\(failure.sentence) Step \(step) of sequence \(number) with NIGHTJAR_SEED=\(seed), after: "
                            + play.story.suffix(6).joined(separator: "; "), failure.location)
                }
            }
        }
    }
}

struct RandomPlay {
    private let stage: Stage
    private var random: SeededRandom
    private var model = JobModel()
    private var attempts: [ClaimedJob] = []
    private var count = 0
    /// What was done, latest last.
    private(set) var story: [String] = []

    private static let retention = Retention(completed: .seconds(120), failed: .seconds(300))

    init(_ stage: Stage, seed: UInt64) {
        self.stage = stage
        self.random = SeededRandom(seed)
    }

    private var now: Timestamp { stage.now }

    mutating func step() async throws {
        model.promote(now)
        switch random.roll(100) {
        case 0..<30: try await insert()
        case 30..<48: try await claim()
        case 48..<68: try await settle()
        case 68..<74: try await renew()
        case 74..<77: try await rescue()
        case 77..<85: try await operate()
        case 85..<88: try await prune()
        case 88..<90: try await pause()
        default: advance()
        }
        model.promote(now)
        try await compare()
    }

    // MARK: - Operations

    private mutating func insert() async throws {
        var jobs: [(new: NewJob, text: String)] = []
        for _ in 0..<(1 + random.roll(3)) {
            count += 1
            let delay = random.isHeads(0.6) ? Duration.zero : .microseconds(random.roll(40_000_000))
            jobs.append((stage.job("\(count)", spec: spec(), after: delay), "\(count)"))
        }
        let answers = try await stage.backend.insert(jobs.map(\.new))
        story.append("insert \(jobs.map(\.text)) → \(answers)")
        try require(answers.count, equals: jobs.count, "The number of answers to an insert.")
        for (job, answer) in zip(jobs, answers) { try model.insert(job.new, job.text, answer: answer, now) }
    }

    private mutating func spec() -> JobSpec {
        var unique: UniquePolicy?
        if random.isHeads(0.3) {
            unique = UniquePolicy(
                key: random.pick(["k1", "k2"]) ?? "k", for: random.isHeads(0.2) ? .seconds(45) : nil,
                while: random.isHeads(0.7) ? UniquePolicy.unfinished : [.scheduled, .pending, .retrying],
                onConflict: random.isHeads(0.5) ? .keep : .replace)
        }
        return JobSpec(
            name: random.pick(["a", "b", "c"]) ?? "a", version: 1 + random.roll(2),
            queue: random.pick(["high", "default", "low", "mail", "etc"]) ?? "low",
            priority: random.roll(3) - 1, unique: unique, tags: random.isHeads(0.3) ? ["t"] : [])
    }

    private mutating func claim() async throws {
        let withoutOne = QueueSelection(["low"], includesOthers: true, excluding: ["etc"])
        let queues = random.pick([.all, "default", "low,high", "mail,*", "*", withoutOne]) ?? .all
        let request = ClaimRequest(
            queues: queues, limit: 1 + random.roll(5), worker: "w\(random.roll(3))", lease: .seconds(20),
            excluding: unknown())
        let expected = model.claim(request, now)
        let found = try await stage.backend.claim(request)
        story.append("claim \(request.limit) of \(queues) without \(request.excluding) → \(found.map(\.id))")
        try require(found.map(\.id), equals: expected.map(\.id), "What was handed out.")
        for (job, model) in zip(found, expected) {
            try require(Sample.text(of: job.payload), equals: model.text, "The value handed out.")
            try require(job.attempt, equals: model.attempt, "The attempt handed out.")
            try require(job.crashes, equals: model.crashes, "The crashes handed out.")
            try require(job.lease, equals: model.lease, "The lease handed out, which counts the claims.")
        }
        attempts += found
        guard found.count < request.limit else { return }
        let due = try await stage.backend.nextDue(in: queues)
        try require(due.map { $0 > now } ?? true, "The next due time has passed although nothing more can be claimed.")
        guard let nearest = model.dues(in: queues, after: now).min() else { return }
        try require(due.map { $0 <= nearest } ?? false, "The next due time is later than that of the nearest job.")
    }

    /// What a worker does not know: nothing, a type, a newer version of one.
    private mutating func unknown() -> UnknownJobs {
        var unknown: UnknownJobs = random.isHeads(0.2) ? ["b"] : []
        if random.isHeads(0.2) { unknown.insert("c", from: 2) }
        return unknown
    }

    /// An attempt, as often as not one that is over.
    private mutating func attempt() -> ClaimedJob? {
        random.isHeads(0.7) ? random.pick(attempts.suffix(6)) : random.pick(attempts)
    }

    private mutating func settle() async throws {
        var settlements: [(Settlement, output: String?)] = []
        for _ in 0..<(1 + random.roll(3)) {
            guard let job = attempt() else { return }
            count += 1
            let failure = stage.failure("failure \(count)")
            let moment = now + .microseconds(random.roll(20_000_000) - 5_000_000)
            let dispositions: [Disposition] = [
                .completed(Sample.output("\(count)", for: stage.traits)), .failed(failure), .cancelled(nil),
                .cancelled(failure), .pending, .scheduled(at: moment), .retrying(at: moment, failure),
            ]
            let disposition = random.pick(dispositions) ?? .pending
            settlements.append((Settlement(id: job.id, lease: job.lease, disposition: disposition), "\(count)"))
        }
        let expected = settlements.map { model.settle($0.0, output: $0.output, now) }
        let found = try await stage.backend.settle(settlements.map(\.0))
        story.append("settle \(settlements.map { "\($0.0.id)/\($0.0.lease) \($0.0.disposition)" }) → \(found)")
        try require(found, equals: expected, "The answers to settlements.")
    }

    private mutating func renew() async throws {
        guard let job = attempt() else { return }
        let progress = random.isHeads(0.5) ? JobProgress(fraction: Double(random.roll(101)) / 100, message: "m") : nil
        let renewal = Renewal(id: job.id, lease: job.lease, duration: .seconds(20), progress: progress)
        let expected = model.renew(renewal, now)
        let found = try await stage.backend.renew([renewal])
        story.append("renew \(job.id)/\(job.lease) → \(found)")
        try require(found, equals: [expected], "The answer to a renewal.")
    }

    private mutating func rescue() async throws {
        let expected = model.rescue(now)
        let found = try await stage.backend.rescue()
        story.append("rescue → \(found.map(\.id))")
        try require(Set(found.map(\.id)), equals: expected, "What was rescued.")
    }

    private mutating func operate() async throws {
        var ids = (0..<(1 + random.roll(3))).compactMap { _ in random.pick(model.jobs)?.id }
        ids = ids.enumerated().filter { !ids[..<$0.offset].contains($0.element) }.map(\.element)
        let moment = now + .microseconds(random.roll(30_000_000) - 10_000_000)
        let (name, expected, found): (String, Set<JobID>, [JobID])
        switch random.roll(4) {
        case 0: (name, expected, found) = ("cancel", model.cancel(ids, now), try await stage.backend.cancel(ids))
        case 1:
            expected = model.reschedule(ids, at: moment, now)
            (name, found) = ("reschedule", try await stage.backend.reschedule(ids, at: moment))
        case 2:
            expected = model.requeue(ids, at: moment, now)
            (name, found) = ("requeue", try await stage.backend.requeue(ids, at: moment))
        default: (name, expected, found) = ("delete", model.delete(ids), try await stage.backend.delete(ids))
        }
        story.append("\(name) \(ids) → \(found)")
        try require(Set(found), equals: expected, "The jobs that \(name) applied to.")
        try require(found.count, equals: expected.count, "The number of answers to \(name).")
    }

    private mutating func prune() async throws {
        let expected = model.prune(Self.retention, now)
        var found = 0
        while case let removed = try await stage.backend.prune(Self.retention), removed > 0 { found += removed }
        story.append("prune → \(found)")
        try require(found, equals: expected, "The number of jobs pruned.")
    }

    private mutating func pause() async throws {
        let queue = random.pick(["high", "default", "mail"]) ?? "high"
        let isPaused = random.isHeads(0.4)
        model.setPaused(isPaused, queue)
        try await stage.backend.setPaused(isPaused, queue: queue)
        story.append("\(isPaused ? "pause" : "resume") \(queue)")
    }

    private mutating func advance() {
        let step = Duration.microseconds(random.roll(10) == 0 ? random.roll(100_000_000) : random.roll(8_000_000))
        stage.clock.advance(by: step)
        story.append("advance by \(step)")
    }

    // MARK: - Comparison

    private mutating func compare() async throws {
        let counts = try await stage.backend.counts()
        let found = Dictionary(counts.map { ($0.queue, $0.jobs.filter { $0.value != 0 }) }, uniquingKeysWith: { $1 })
        try require(found.filter { !$0.value.isEmpty }, equals: model.counts, "The counts.")
        try require(Set(counts.filter(\.isPaused).map(\.queue)), equals: model.pausedQueues, "The paused queues.")
        let records = try await stage.backend.records(model.jobs.map(\.id))
        for (record, job) in zip(records, model.jobs) {
            let record = try unwrap(record, "The job \(job.id) is gone.")
            try compare(record, job)
        }
        let filter = JobFilter(
            states: random.isHeads(0.5) ? [] : Set(JobState.allCases.filter { _ in random.isHeads(0.4) }),
            queue: random.isHeads(0.7) ? nil : "mail", name: random.isHeads(0.7) ? nil : "b",
            tag: random.isHeads(0.7) ? nil : "t",
            createdBefore: random.isHeads(0.7) ? nil : now - .microseconds(random.roll(60_000_000)),
            createdAfter: random.isHeads(0.7) ? nil : now - .microseconds(random.roll(120_000_000)),
            order: random.pick([.newest, .oldest, .next]) ?? .newest, limit: 1 + random.roll(20),
            offset: random.roll(10), after: random.isHeads(0.7) ? nil : random.pick(model.jobs)?.id)
        let listed = try await stage.backend.list(filter).map(\.id)
        try require(listed, equals: model.list(filter), "The list for \(filter).")
    }

    private func compare(_ record: JobRecord, _ job: ModelJob) throws {
        func same<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
            try require(found, equals: expected, "The \(what) of the \(job.state) job \(job.id)")
        }
        try same(record.state, job.state, "state")
        try same(record.attempt, job.attempt, "attempt")
        try same(record.crashes, job.crashes, "crashes")
        try same(record.lease, job.lease, "lease")
        try same(record.dueAt, job.dueAt, "due time")
        try same(record.createdAt, job.createdAt, "time it was made")
        try same(record.finishedAt, job.finishedAt, "end")
        try same(record.spec.queue, job.spec.queue, "queue")
        try same(
            record.failures.map { $0.message.contains("worker died") ? "worker died" : $0.message },
            Array(job.failures.suffix(25)), "failures")
        if job.state == .running { try same(record.progress, job.progress, "progress") }
        if job.state == .completed {
            try same(Sample.text(of: record.output), job.output, "output")
        } else {
            try same(Sample.text(of: record.payload), job.text, "value")
        }
    }
}
