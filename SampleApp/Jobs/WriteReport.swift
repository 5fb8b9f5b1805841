// A report takes long and can be watched. It is written under another name and moved into place when it is whole, so that
// a job which dies half-way and runs again leaves nothing behind that looks finished.

import CZlib
import Foundation
import Nightjar

/// Writes a gzipped CSV of made-up orders.
@JobType(timeout: .seconds(600), tags: ["report"])
struct WriteReport {
    var rows: Int

    struct Report: Codable, Sendable {
        var path: String
        var rows: Int
        var bytes: Int
    }

    func run(_ context: JobContext) async throws -> Report {
        let name = "\(context.id).csv.gz"
        let final = ReportFolder.url.appendingPathComponent(name)
        let draft = final.appendingPathExtension("part-\(context.attempt)")
        defer { try? FileManager.default.removeItem(at: draft) }

        let file = try GzipFile(draft.path)
        try file.write("order,customer,total\n")
        let step = max(1, rows / 100)
        for row in 0..<rows {
            try file.write("\(row + 1),customer-\(row % 977),\(Double(row % 9973) / 100)\n")
            if row % step == 0 {
                try Task.checkCancellation()
                try context.progress(Double(row) / Double(rows), "\(row) of \(rows) rows")
                // Real reports wait for a database; this one waits so that there is something to watch.
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        try file.close()
        try? FileManager.default.removeItem(at: final)
        try FileManager.default.moveItem(at: draft, to: final)
        let bytes = try FileManager.default.attributesOfItem(atPath: final.path)[.size] as? Int ?? 0
        try context.progress(1, "\(rows) rows")
        return Report(path: "/reports/\(name)", rows: rows, bytes: bytes)
    }
}

/// A file that compresses what is written to it.
private final class GzipFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private var file: gzFile?

    init(_ path: String) throws {
        guard let file = gzopen(path, "wb6") else { throw Failure(description: "\(path) cannot be written") }
        self.file = file
    }

    deinit { if let file { gzclose(file) } }

    func write(_ text: String) throws {
        var text = text
        let written = text.withUTF8 { gzwrite(file, $0.baseAddress, UInt32($0.count)) }
        guard Int(written) == text.utf8.count else { throw Failure(description: "the report could not be written") }
    }

    func close() throws {
        defer { file = nil }
        guard let file, gzclose(file) == Z_OK else { throw Failure(description: "the report could not be finished") }
    }
}
