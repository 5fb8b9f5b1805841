// Where jobs of any process write down that they ran: a file of one eight-byte cell per job, mapped into every process that
// takes part. A job stores the monotonic clock's nanoseconds in its cell. That is one store without a lock or a system call,
// so it weighs on nobody's numbers, and the peers' drivers do exactly the same (see peers/ledger.py).

import Foundation

// Sendable: the mapping is never undone, and a cell is a naturally aligned word that one job writes.
/// A file of cells, one for each job, that says when it ran.
public final class Ledger: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<UInt64>
    /// How many cells there are.
    public let count: Int

    /// Maps a ledger, making it if a count is given.
    /// - Throws: When the file cannot be made or mapped.
    public init(path: String, count: Int? = nil) throws {
        let descriptor = open(path, count == nil ? O_RDWR : O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw CannotMap(path: path) }
        defer { close(descriptor) }
        if let count, ftruncate(descriptor, off_t(count * 8)) != 0 { throw CannotMap(path: path) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size > 0, let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            mapping != MAP_FAILED
        else { throw CannotMap(path: path) }
        self.count = size / 8
        cells = mapping.bindMemory(to: UInt64.self, capacity: size / 8)
    }

    /// The ledger that `BENCH_LEDGER` names.
    public static let shared = ProcessInfo.processInfo.environment["BENCH_LEDGER"].flatMap { try? Ledger(path: $0) }

    /// When a job ran, in ``nanoseconds()``; zero if it has not.
    public subscript(number: Int) -> UInt64 {
        get { cells[number] }
        set { cells[number] = newValue }
    }

    /// Waits until a cell says something new.
    /// - Throws: When it does not within a minute.
    public func wait(for number: Int, otherThan old: UInt64 = 0) async throws -> UInt64 {
        let start = nanoseconds()
        while cells[number] == old {
            guard seconds(since: start) < 60 else { throw NeverRan(number: number) }
            try await Task.sleep(for: .milliseconds(1))
        }
        return cells[number]
    }

    struct CannotMap: Error, CustomStringConvertible {
        let path: String
        var description: String { "The ledger \(path) cannot be mapped." }
    }

    struct NeverRan: Error, CustomStringConvertible {
        let number: Int
        var description: String { "Job \(number) did not run within a minute." }
    }
}
