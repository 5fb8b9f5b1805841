import Foundation
import Nightjar

extension App {
    /// `POST /reports` with `rows`; the finished file is at the path that is the job's result.
    func reports() {
        onStart { try ReportFolder.create() }
        files(ReportFolder.url.path, at: "/reports")
        post("/reports") { [templates] request in
            let form = try await request.decode(ReportForm.self)
            guard (1...1_000_000).contains(form.rows) else {
                throw HTTPProblem(.unprocessableContent, "A report has 1 to 1,000,000 rows.", field: "rows")
            }
            let report = try await request.background(WriteReport(rows: form.rows))
            return try await Self.accepted(report, request, templates)
        }
    }
}

private struct ReportForm: Decodable, Sendable {
    var rows: Int
}

/// Where finished reports lie: `REPORTS_DIR`, or a folder for temporary files.
enum ReportFolder {
    static let url =
        ProcessInfo.processInfo.environment["REPORTS_DIR"].map { URL(fileURLWithPath: $0) }
        ?? FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-reports")

    static func create() throws {
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
}
