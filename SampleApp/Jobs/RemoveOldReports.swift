// What nobody asks for and somebody has to do: a schedule runs it every minute (SampleApp.swift). It looks at what is
// there, not at what was there last time, so a firing that is missed or runs twice does no harm.

import Foundation
import Nightjar

/// Removes reports that are older than a day, finished or not.
@JobType(queue: "low", retry: .never, tags: ["report"])
struct RemoveOldReports {
    func run(_ context: JobContext) async throws -> Int {
        let limit = Date(timeIntervalSinceNow: -86_400)
        let files = try FileManager.default.contentsOfDirectory(
            at: ReportFolder.url, includingPropertiesForKeys: [.contentModificationDateKey])
        var removed = 0
        for file in files where file.lastPathComponent.contains(".csv.gz") {
            try Task.checkCancellation()
            let changed = try? file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
            guard let changed, changed < limit else { continue }
            try FileManager.default.removeItem(at: file)
            removed += 1
        }
        if removed > 0 { context.logger.info("Old reports were removed", metadata: ["count": "\(removed)"]) }
        return removed
    }
}
