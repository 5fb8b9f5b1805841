// Results as lines of JSON at the end of a file, one for each outcome: `tail -f results.jsonl`.
//
// Several processes may share the file: each takes the lock (a file beside it) for every step, first reads what others
// have added since, and adds whole lines. A crash in the middle of a line leaves a piece that no reader takes for a line
// and that the next writer cuts off. Removing writes the rest to a new file, which then takes the old one's place; a
// process that has the old one open notices by the file's number and reads again.
//
// In memory there is only where each line is.

import Dispatch
import Synchronization

/// Keeps results in a file, one line of JSON for each.
///
/// ```swift
/// let backend = ComposedBackend(
///     queue: SQLiteBackend(path: "jobs.sqlite"), results: FileResultStore(path: "results.jsonl"))
/// ```
public final class FileResultStore: ResultStore {
    /// `file`.
    public let name = "file"
    /// Results are on this disk.
    public let durability = BackendTraits.Durability.disk
    /// Lines hold bytes.
    public let keepsValues = false
    /// The file.
    public let path: String
    private let isSynchronous: Bool
    private let work = DispatchQueue(label: "nightjar.results")
    private let journal = Mutex<ResultJournal?>(nil)

    /// A store in a file, which is made when it is opened.
    /// - Parameters:
    ///   - path: The file.
    ///   - waitsForDisk: Whether a result counts as stored only once the disk has it: yes, because the queue forgets what
    ///     was stored here.
    public init(path: String, waitsForDisk: Bool = true) {
        self.path = path
        isSynchronous = waitsForDisk
    }

    /// Opens the file and finds its lines.
    /// - Throws: ``ResultFileError`` with the file and what is wrong with it.
    public func open() async throws {
        try await perform { journal in
            if journal == nil { journal = try ResultJournal(path: self.path, waitsForDisk: self.isSynchronous) }
        }
    }

    /// Closes the file.
    public func close() async {
        try? await perform { journal in
            journal?.close()
            journal = nil
        }
    }

    /// Adds lines.
    public func put(_ results: [JobResult]) async throws {
        guard !results.isEmpty else { return }
        try await withJournal { try $0.append(results) }
    }

    /// Reads lines.
    public func get(_ attempts: [JobResult.Attempt]) async throws -> [JobResult?] {
        guard !attempts.isEmpty else { return [] }
        return try await withJournal { journal in try attempts.map { try journal.read($0) } }
    }

    /// Reads the latest lines.
    public func list(limit: Int, offset: Int) async throws -> [JobResult] {
        try await withJournal { try $0.latest(limit: limit, offset: offset) }
    }

    /// Removes the lines of jobs.
    public func delete(_ jobs: [JobID]) async throws {
        let gone = Set(jobs)
        _ = try await withJournal { try $0.remove(atLeast: 1) { attempt, _ in gone.contains(attempt.job) } }
    }

    /// Removes old lines, once they are a tenth of the file: each time the rest is written anew.
    public func prune(before moment: Timestamp) async throws -> Int {
        try await withJournal { journal in
            try journal.remove(atLeast: max(1, journal.count / 10)) { _, at in at < moment }
        }
    }

    private func withJournal<Answer: Sendable>(
        _ body: @escaping @Sendable (inout ResultJournal) throws -> Answer
    ) async throws -> Answer {
        try await perform { [path] journal in
            guard let answer = try journal?.locked(body) else { throw ResultFileError(path: path, what: "is not open") }
            return answer
        }
    }

    /// On a thread that may wait for the disk.
    private func perform<Answer: Sendable>(
        _ body: @escaping @Sendable (inout ResultJournal?) throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            work.async { continuation.resume(with: Result { try self.journal.withLock { try body(&$0) } }) }
        }
    }
}
