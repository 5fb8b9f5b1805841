import Foundation
import GRDB
import Testing

extension ProcessTests {
    @Suite("Schedules in several processes")
    struct Schedules {
        /// The firings' times of all jobs that came from a schedule.
        private static func firings(_ stage: Stage) throws -> [String] {
            let file = stage.folder.appendingPathComponent("jobs.sqlite").path
            guard FileManager.default.fileExists(atPath: file) else { return [] }
            let sql = #"SELECT json_extract(extra, '$.metadata."schedule.time"') FROM nightjar_jobs ORDER BY id"#
            return try DatabaseQueue(path: file).read { try String.fetchAll($0, sql: sql) }
        }

        // AT-17, NUVOM-B10, NUVOM-B21, DBT-B11, ASOK-B22, ASOK-X8
        @Test("four workers fire a schedule of every second, each time one job, also when one of them is killed")
        func fourWorkers() async throws {
            try await Stage.play { stage in
                var workers: [Program] = []
                for _ in 1...4 { workers.append(try stage.start("ProcessFixture", "worker", with: ["TICK": "1"])) }
                for worker in workers { try await worker.line(with: "Worker started") }
                let before = try Self.firings(stage).count
                try await stage.wait(for: "three ticks") { (try? Self.firings(stage).count) ?? 0 >= before + 3 }
                workers[0].kill()
                try await stage.wait(for: "three more") { (try? Self.firings(stage).count) ?? 0 >= before + 6 }
                for worker in workers.dropFirst() { worker.signal(SIGTERM) }
                for worker in workers.dropFirst() { #expect(try await worker.exitCode() == 0) }
                let firings = try Self.firings(stage)
                #expect(Set(firings).count == firings.count, "no time has two jobs")
                #expect(firings == firings.sorted())
                #expect(!firings.contains(""))
            }
        }
    }
}
