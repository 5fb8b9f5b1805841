// The C program beside which the SQLite backend is measured (limit/sqlite-limit.c), on the same disk and in the same round.

import Foundation

/// What plain C reaches with the same tables, statements and pragmas.
struct Limit {
    private let numbers: [String: Double]

    /// Runs the program on a file that the backend has made, so that tables and indexes are the backend's own.
    init(file: String, jobs: Int) throws {
        guard let program = ProcessInfo.processInfo.environment["BENCH_SQLITE_LIMIT"] else {
            throw NoLimit(
                description: "BENCH_SQLITE_LIMIT does not name the C program; run this through scripts/bench.")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        // As many bytes as a receipt and its context have.
        process.arguments = [file, "\(jobs)", "62", "7"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw NoLimit(description: "The C program failed.") }
        numbers = try JSONDecoder().decode([String: Double].self, from: data)
    }

    /// Jobs per second of a part.
    subscript(part: String) -> Double { numbers[part] ?? .nan }
}

struct NoLimit: Error, CustomStringConvertible {
    let description: String
}
