// What `worker status` knows, and how it looks.

import NightjarJobs

/// What is in every queue, who works, and what comes next.
struct WorkerStatus: Sendable {
    var queues: [QueueCounts]
    var workers: [WorkerRecord]
    var next: [JobRecord]
    var now: Timestamp

    /// Asks a queue.
    ///
    /// - Parameter next: How many of the next jobs.
    init(of queue: JobQueue, next: Int) async throws {
        let selection = queue.configuration.worker.queues
        queues = try await queue.counts()
        for name in selection.named + queue.roster.names where !queues.contains(where: { $0.queue == name }) {
            queues.append(QueueCounts(queue: name, jobs: [:]))
        }
        queues = selection.inOrder(queues)
        workers = try await queue.workers()
        self.next = try await queue.next(next, among: queues, selection)
        now = queue.backend.clock.now
    }

    init(queues: [QueueCounts], workers: [WorkerRecord], next: [JobRecord], now: Timestamp) {
        self.queues = queues
        self.workers = workers
        self.next = next
        self.now = now
    }

    var total: QueueCounts {
        queues.reduce(into: QueueCounts(queue: "all", jobs: [:])) { $0.jobs.merge($1.jobs, uniquingKeysWith: +) }
    }

    // MARK: - For people

    static let columns: [(title: String, state: JobState)] = [
        ("WAITING", .pending), ("RUNNING", .running), ("RETRYING", .retrying), ("SCHEDULED", .scheduled),
        ("DEAD", .failed),
    ]

    func text(width: Int?) -> String {
        ([queueTable.text(width: width)] + pausedTexts + [workersText(width: width), nextText(width: width)])
            .joined(separator: "\n\n")
    }

    private var pausedTexts: [String] {
        let texts = queues.compactMap(\.pausedText)
        return texts.isEmpty ? [] : [texts.joined(separator: "\n")]
    }

    var queueTable: TextTable {
        let rows = queues.count > 1 ? queues + [total] : queues
        return TextTable(
            [.flexible("QUEUE")] + Self.columns.map { .number($0.title) },
            rows: rows.map { counts in
                [counts.queue + (counts.isPaused ? " (paused)" : "")] + Self.columns.map { "\(counts[$0.state])" }
            })
    }

    private func workersText(width: Int?) -> String {
        guard !workers.isEmpty else {
            return "No worker is alive: start one with \(RootCommand.programName) worker."
        }
        return TextTable(
            [.flexible("WORKER"), .number("RUNNING"), .text("SINCE")],
            rows: workers.map { [$0.name, "\($0.running)", Words.moment($0.startedAt, from: now)] }
        ).text(width: width)
    }

    private func nextText(width: Int?) -> String {
        guard !next.isEmpty else { return "Nothing is waiting." }
        return TextTable(
            [.number("NEXT"), .flexible("JOB"), .flexible("QUEUE"), .text("ID").spare, .text("WAITING SINCE").spare],
            rows: next.enumerated().map { index, job in
                [
                    "\(index + 1)", job.spec.name, job.spec.queue, "\(job.id)",
                    Words.moment(job.dueAt, from: now),
                ]
            }
        ).text(width: width)
    }

    // MARK: - For programs

    struct View: Encodable {
        var at: String
        var total: QueueView
        var queues: [QueueView]
        var workers: [WorkerView]
        var next: [JobSummary]
    }

    struct WorkerView: Encodable {
        var name: String
        var running: Int
        var startedAt: String
    }

    var view: View {
        View(
            at: now.iso8601, total: QueueView(total), queues: queues.map(QueueView.init),
            workers: workers.map { WorkerView(name: $0.name, running: $0.running, startedAt: $0.startedAt.iso8601) },
            next: next.map(JobSummary.init))
    }
}

extension QueueCounts {
    /// That a queue is paused, and what changes that; nil if it is not.
    var pausedText: String? {
        guard isPaused else { return nil }
        let waiting = self[.pending] + self[.retrying] + self[.scheduled]
        let jobs = "\(Words.count(waiting, "job")) \(waiting == 1 ? "waits" : "wait")"
        return "The queue \(queue) is paused, and \(jobs) in it: "
            + "\(RootCommand.programName) queues resume \(queue) hands them out."
    }
}

extension QueueSelection {
    /// Queues in the order in which a worker drains them.
    func inOrder(_ queues: [QueueCounts]) -> [QueueCounts] {
        let first = named.compactMap { name in queues.first { $0.queue == name } }
        return first + queues.filter { !named.contains($0.queue) }.sorted { $0.queue < $1.queue }
    }
}

extension JobQueue {
    /// The jobs that a worker would take next, in the order in which it would: queue by queue, those that nobody named as
    /// one. Paused queues are left out.
    func next(_ limit: Int, among queues: [QueueCounts], _ selection: QueueSelection) async throws -> [JobRecord] {
        var jobs: [JobRecord] = []
        func take(from queue: String) async throws -> [JobRecord] {
            try await list(JobFilter(states: [.pending], queue: queue, order: .next, limit: limit))
        }
        let open = queues.filter { !$0.isPaused && $0[.pending] > 0 }
        for queue in open where selection.named.contains(queue.queue) && jobs.count < limit {
            jobs += try await take(from: queue.queue)
        }
        guard selection.includesOthers, jobs.count < limit else { return Array(jobs.prefix(limit)) }
        var others: [JobRecord] = []
        for queue in open where !selection.named.contains(queue.queue) { others += try await take(from: queue.queue) }
        return Array((jobs + others.sorted(by: JobRecord.isTakenBefore)).prefix(limit))
    }
}

extension JobRecord {
    static func isTakenBefore(_ left: JobRecord, _ right: JobRecord) -> Bool {
        (right.spec.priority, left.dueAt, left.id) < (left.spec.priority, right.dueAt, right.id)
    }
}
