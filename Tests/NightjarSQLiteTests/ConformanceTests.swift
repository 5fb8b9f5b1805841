// The contract, unchanged, on a real file for each check.

import NightjarJobs
import NightjarSQLite
import NightjarTesting
import Testing

@Suite("SQLite keeps the contract of a backend")
struct ConformanceTests {
    static let suite = BackendConformance(
        make: { clock in SQLiteBackend(path: try Folder.new() + "/jobs.sqlite", clock: clock) },
        makeLimited: { clock, limit in
            SQLiteBackend(path: try Folder.new() + "/jobs.sqlite", options: SQLiteOptions(limit: limit), clock: clock)
        })

    private static let patientSuite = BackendConformance(
        make: { clock in
            SQLiteBackend(
                path: try Folder.new() + "/jobs.sqlite", options: SQLiteOptions(synchronous: .full), clock: clock)
        },
        makeLimited: { clock, limit in
            SQLiteBackend(
                path: try Folder.new() + "/jobs.sqlite", options: SQLiteOptions(synchronous: .full, limit: limit),
                clock: clock)
        })

    // NORI-B12, NUVOM-25
    @Test(arguments: suite.checks)
    func conforms(check: BackendConformance.Check) async throws { try await check.run() }

    @Test("also where answers wait for the disk", arguments: patientSuite.checks)
    func conformsPatiently(check: BackendConformance.Check) async throws { try await check.run() }
}
