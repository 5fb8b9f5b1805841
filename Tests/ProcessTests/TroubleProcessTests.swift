// Disks that are full, files that are locked, damaged or of another release, programs of different versions, clocks that
// are set: real processes live through it or say in a sentence why not, and what was answered 202 is done.

import Foundation
import GRDB
import Testing

extension ProcessTests {
    @Suite("Trouble")
    struct Trouble {
        struct ListedJob: Decodable {
            var state: String
            var attempt: Int
            var crashes: Int
        }

        private func starts(_ stage: Stage, _ number: Int) -> Int {
            stage.ledger(number).count { $0.hasPrefix("start ") }
        }

        /// Sends notes until one is refused. Answers those that were accepted.
        private func fill(_ stage: Stage, _ port: Int) async throws -> [Int] {
            var accepted: [Int] = []
            for number in 1...5000 {
                let status = try await stage.send("/notes/\(number)", to: port).status
                guard status == 202 else {
                    #expect(status == 503)
                    return accepted
                }
                accepted.append(number)
            }
            return accepted
        }

        #if os(Linux)
            // ASOK-16
            @Test("with no room left a server answers 503 and lives; with room again all that was accepted is done")
            func full() async throws {
                try await Stage.play { stage in
                    // A limit on the size of files is the disk that can be full without a disk.
                    let server = try stage.start(
                        "ProcessFixture", "serve", with: ["WORKER_EMBEDDED": "false"], limitingFiles: 1 << 20)
                    let port = try await server.port()
                    let accepted = try await fill(stage, port)
                    #expect(!accepted.isEmpty && accepted.count < 5000)
                    #expect(server.output.contains("cannot grow: the disk is full or a limit is reached"))
                    for _ in 0..<3 { #expect(try await stage.send("/notes/9000", to: port).status == 503) }
                    #expect(try await stage.send("/", isPost: false, to: port).status == 200)
                    let room = try Process.run(
                        URL(fileURLWithPath: "/usr/bin/prlimit"),
                        arguments: ["--pid", "\(server.pid)", "--fsize=unlimited"])
                    room.waitUntilExit()
                    #expect(room.terminationStatus == 0)
                    #expect(try await stage.send("/notes/9001", to: port).status == 202)
                    _ = try await stage.startWorker()
                    try await stage.waitForEnds(of: accepted + [9001], within: .seconds(40))
                    #expect(stage.ledger(9000).isEmpty)
                    #expect(try stage.integrity() == "ok")
                }
            }
        #endif

        // DBT-B15, ASOK-16
        @Test("a database that another program locks for ten seconds is waited for")
        func locked() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                _ = try await stage.startWorker()
                try await stage.send("/notes/1?ms=1000", to: port)
                try await stage.wait(for: "the first job's start") { !stage.ledger(1).isEmpty }
                var configuration = Configuration()
                configuration.allowsUnsafeTransactions = true
                configuration.busyMode = .timeout(5)
                let other = try DatabaseQueue(
                    path: stage.folder.appendingPathComponent("jobs.sqlite").path, configuration: configuration)
                try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                async let second = stage.send("/notes/2", to: port, within: .seconds(30)).status
                try await Task.sleep(for: .seconds(10))
                // Pages that need no job are answered meanwhile, and nothing was started without being written down.
                #expect(try await stage.send("/", isPost: false, to: port).status == 200)
                #expect(stage.hasEnded(1) && stage.ledger(2).isEmpty)
                try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
                #expect(try await second == 202)
                try await stage.waitForEnds(of: [2])
                try await stage.send("/notes/3", to: port)
                try await stage.waitForEnds(of: [3])
                #expect((1...3).allSatisfy { starts(stage, $0) == 1 })
            }
        }

        // AT-2
        @Test("a worker that is told to stop while the database is locked ends in its time, and says what it left")
        func lockedAtTheEnd() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                let worker = try stage.start("ProcessFixture", "worker", with: ["SHUTDOWN_LIMIT": "12s"])
                try await worker.line(with: "Worker started")
                try await stage.send("/notes/1?ms=1000", to: port)
                try await stage.wait(for: "the job's start") { !stage.ledger(1).isEmpty }
                var configuration = Configuration()
                configuration.allowsUnsafeTransactions = true
                configuration.busyMode = .timeout(5)
                let other = try DatabaseQueue(
                    path: stage.folder.appendingPathComponent("jobs.sqlite").path, configuration: configuration)
                try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                try await stage.waitForEnds(of: [1])
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode(within: .seconds(17)) == 0)
                #expect(worker.output.contains("The store does not answer"))
                try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
                // What was not written down is done again: at least once, and not more often than needed.
                _ = try await stage.startWorker()
                try await stage.wait(for: "the second end") { stage.ledger(1).count == 4 }
                #expect(starts(stage, 1) == 2)
            }
        }

        /// Whoever works makes the file; whoever only asks does not.
        private func makeFile(_ stage: Stage) async throws {
            #expect(try await stage.start("ProcessFixture", "worker", "--once").exitCode() == 0)
        }

        @Test("a file that cannot be written is one sentence and exit code 1")
        func readOnly() async throws {
            try await Stage.play { stage in
                try await makeFile(stage)
                let file = stage.folder.appendingPathComponent("jobs.sqlite").path
                try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file)
                let worker = try stage.start("ProcessFixture", "worker", isOrdinary: true)
                #expect(try await worker.exitCode() == 1)
                #expect(worker.output.contains("cannot be written. Give this user write access"))
            }
        }

        @Test("a file that is damaged is one sentence and exit code 1")
        func damaged() async throws {
            try await Stage.play { stage in
                let file = stage.folder.appendingPathComponent("jobs.sqlite")
                try Data(repeating: 0x5A, count: 100_000).write(to: file)
                for command in ["worker", "serve"] {
                    let program = try stage.start("ProcessFixture", command)
                    #expect(try await program.exitCode() == 1)
                    #expect(program.output.contains("is damaged or not a SQLite database"))
                }
                #expect(try Data(contentsOf: file) == Data(repeating: 0x5A, count: 100_000))
            }
        }

        // DBT-X17
        @Test("a file of a newer release is one sentence and exit code 1")
        func newer() async throws {
            try await Stage.play { stage in
                try await makeFile(stage)
                let path = stage.folder.appendingPathComponent("jobs.sqlite").path
                try await DatabaseQueue(path: path).write { db in
                    try db.execute(sql: "UPDATE nightjar_meta SET value = 999 WHERE key IN ('version', 'oldest')")
                }
                let worker = try stage.start("ProcessFixture", "worker")
                #expect(try await worker.exitCode() == 1)
                #expect(worker.output.contains("was written by a newer release (tables of version 999"))
            }
        }

        // NUVOM-42, DESIGN §5.6
        @Test("a job that an older worker does not know waits for a newer one")
        func versions() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                let old = try stage.start("ProcessFixture", "worker", with: ["WITHOUT": "Note"])
                try await old.line(with: "Worker started")
                for number in 1...3 { try await stage.send("/notes/\(number)", to: port) }
                try await old.line(with: "does not know")
                let waiting = try await stage.ask([ListedJob].self, "jobs", "list")
                #expect(waiting.count == 3)
                #expect(waiting.allSatisfy { $0.state == "pending" && $0.attempt == 0 && $0.crashes == 0 })
                _ = try await stage.startWorker()
                try await stage.waitForEnds(of: 1...3)
                #expect(old.isRunning)
                #expect((1...3).allSatisfy { starts(stage, $0) == 1 })
            }
        }

        @Test(
            "a clock set an hour back and forward runs nothing early, takes nothing from the living, holds up nothing")
        func clock() async throws {
            try await Stage.play { stage in
                let file = stage.folder.appendingPathComponent("clock")
                let clock = ["CLOCK": file.path]
                func set(_ seconds: Int) throws { try Data("\(seconds)".utf8).write(to: file, options: .atomic) }
                try set(0)
                let server = try stage.start(
                    "ProcessFixture", "serve", with: clock.merging(["WORKER_EMBEDDED": "false"]) { $1 })
                let port = try await server.port()
                func startWorker() async throws {
                    let worker = try stage.start("ProcessFixture", "worker", "--concurrency", "4", with: clock)
                    try await worker.line(with: "Worker started")
                }
                try await startWorker()
                for (number, jump) in [(1, 3600), (2, -3600)] {
                    try await stage.send("/notes/\(number)?ms=4000", to: port)
                    try await stage.wait(for: "the long job's start") { !stage.ledger(number).isEmpty }
                    try set(jump)
                    // One that comes now looks for lost jobs first, and what is new runs at once.
                    try await startWorker()
                    try await stage.send("/notes/\(number)0", to: port)
                    try await stage.waitForEnds(of: [number * 10], within: .seconds(3))
                    try await stage.waitForEnds(of: [number])
                    #expect(stage.ledger(number).count == 2, "\(stage.ledger(number))")
                    try set(0)
                }
                // Due in half an hour: not before the clock says so, and at once when it does.
                try await stage.send("/notes/3?delay=1800", to: port)
                try set(-3600)
                try await stage.send("/notes/4", to: port)
                try await stage.waitForEnds(of: [4])
                #expect(stage.ledger(3).isEmpty)
                try set(3600)
                try await stage.waitForEnds(of: [3], within: .seconds(5))
            }
        }
    }
}
