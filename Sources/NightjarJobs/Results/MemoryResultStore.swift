import Synchronization

/// Keeps results in memory, for as long as the process lives.
public final class MemoryResultStore: ResultStore {
    /// `memory`.
    public let name = "memory"
    /// Nothing outlives the process.
    public let durability = BackendTraits.Durability.process
    /// Values stay what they are.
    public let keepsValues = true
    private let results = Mutex<[JobResult.Attempt: JobResult]>([:])

    /// An empty store.
    public init() {}

    /// Nothing to open.
    public func open() async throws {}
    /// Nothing to close.
    public func close() async {}

    /// Stores results.
    public func put(_ new: [JobResult]) async throws {
        results.withLock { results in for result in new { results[result.attempt] = result } }
    }

    /// The results of attempts.
    public func get(_ attempts: [JobResult.Attempt]) async throws -> [JobResult?] {
        results.withLock { results in attempts.map { results[$0] } }
    }

    /// The results, the latest first.
    public func list(limit: Int, offset: Int) async throws -> [JobResult] {
        let all = results.withLock { Array($0.values) }
        let ordered = all.sorted { ($0.at, $0.attempt.job) > ($1.at, $1.attempt.job) }
        return Array(ordered.dropFirst(max(0, offset)).prefix(max(0, limit)))
    }

    /// Removes all results of jobs.
    public func delete(_ jobs: [JobID]) async throws {
        let gone = Set(jobs)
        results.withLock { $0 = $0.filter { !gone.contains($0.key.job) } }
    }

    /// Removes old results.
    public func prune(before moment: Timestamp) async throws -> Int {
        results.withLock { results in
            let before = results.count
            results = results.filter { $0.value.at >= moment }
            return before - results.count
        }
    }
}
