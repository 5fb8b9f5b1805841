// A job database in a temporary folder, and short words for what tests do all the time.

import GRDB
import Logging
import NightjarJobs
import NightjarSQLite
import NightjarTesting
import ServiceLifecycle
import Synchronization

struct Store: Sendable {
    let path: String
    let backend: SQLiteBackend
    let news = Recorder<BackendNews>()

    init(_ path: String? = nil, options: SQLiteOptions = SQLiteOptions(), clock: JobClock = .system) async throws {
        self.path = try path ?? Folder.new() + "/jobs.sqlite"
        backend = SQLiteBackend(path: self.path, options: options, clock: clock)
        backend.subscribe { [news] in news.record($0) }
        try await backend.open()
    }

    func job(_ text: String = "1", spec: JobSpec = JobSpec(name: "job"), after delay: Duration = .zero) -> NewJob {
        let now = backend.clock.now
        return NewJob(
            id: JobID(), spec: spec, payload: .encoded(Array(text.utf8)), createdAt: now, dueAt: now + delay)
    }

    @discardableResult
    func put(
        _ text: String = "1", spec: JobSpec = JobSpec(name: "job"), after delay: Duration = .zero
    ) async throws -> JobID {
        let job = job(text, spec: spec, after: delay)
        _ = try await backend.insert([job])
        return job.id
    }

    func take(_ limit: Int = 10, worker: String = "worker") async throws -> [ClaimedJob] {
        try await backend.claim(ClaimRequest(queues: .all, limit: limit, worker: worker))
    }

    func end(_ jobs: [ClaimedJob]) async throws -> [Bool] {
        try await backend.settle(jobs.map { Settlement(id: $0.id, lease: $0.lease, disposition: .completed(.none)) })
    }

    func record(_ id: JobID) async throws -> JobRecord? { try await backend.records([id]).first ?? nil }

    /// Another connection to the file, as another program opens it.
    func outsider() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Asks the file a question behind the backend's back.
    func ask<Value: DatabaseValueConvertible & Sendable>(
        _ sql: String, as type: Value.Type = Value.self
    ) throws -> Value? {
        try outsider().read { try Value.fetchOne($0, sql: sql) }
    }
}

extension BackendNews {
    var isReady: Bool { if case .ready = self { true } else { false } }
    var isWorkerLost: Bool { if case .workerLost = self { true } else { false } }

    func tells(_ id: JobID) -> Bool { if case .changed(let ids) = self { ids.contains(id) } else { false } }
    func cancels(_ id: JobID) -> Bool { if case .cancelRequested(let ids) = self { ids.contains(id) } else { false } }
}

/// Runs a queue's jobs around a body, at the priority of everything else: other tests use the processors, too.
func withWorkers(_ queue: JobQueue, _ body: () async throws -> Void) async throws {
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let group = ServiceGroup(services: [JobRunner(queue, options: WorkerOptions(priority: .normal))], logger: quiet)
    let running = Task { try await group.run() }
    do { try await body() } catch {
        running.cancel()
        _ = try? await running.value
        throw error
    }
    await group.triggerGracefulShutdown()
    try await running.value
}
