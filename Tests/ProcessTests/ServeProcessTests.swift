import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension ProcessTests {
    @Suite("A serving process")
    struct Serve {
        private let memory = ["QUEUE_BACKEND": "memory"]

        @Test("the sample answers, and ends on a signal with exit code 0", arguments: [SIGTERM, SIGINT])
        func stops(signal: Int32) async throws {
            try await Stage.play { stage in
                let server = try stage.start("SampleApp", with: memory)
                let port = try await server.port()
                #expect(try await stage.send("/", isPost: false, to: port).status == 200)
                server.signal(signal)
                #expect(try await server.exitCode() == 0)
                #expect(server.output.contains("Shutting down"))
            }
        }

        // ST-B5
        @Test("a second signal ends it at once")
        func secondSignal() async throws {
            try await Stage.play { stage in
                let server = try stage.start(with: memory)
                let port = try await server.port()
                #expect(try await stage.send("/notes/1?ms=60000", to: port).status == 202)
                try await stage.wait(for: "the job's start") { !stage.ledger(1).isEmpty }
                server.signal(SIGTERM)
                try await server.line(with: "Shutting down")
                #expect(server.isRunning)
                server.signal(SIGTERM)
                #expect(try await server.exitCode(within: .seconds(5)) == 128 + SIGTERM)
            }
        }

        // NORI-3, NUVOM-21, NUVOM-30
        @Test("what is in memory ends with a killed process, without a trace")
        func volatile() async throws {
            try await Stage.play { stage in
                let first = try stage.start(with: memory)
                let port = try await first.port()
                #expect(try await stage.send("/notes/1?ms=60000", to: port).status == 202)
                try await stage.wait(for: "the job's start") { !stage.ledger(1).isEmpty }
                first.kill()
                try await first.exitCode()
                let second = try stage.start(with: memory)
                let next = try await second.port()
                #expect(try await stage.send("/notes/2", to: next).status == 202)
                try await stage.waitForEnds(of: [2])
                #expect(stage.ledger(1).count == 1)
                #expect(try FileManager.default.contentsOfDirectory(atPath: stage.folder.path) == ["ledger"])
            }
        }

        // DBT-20, NUVOM-B25
        @Test("LOG_LEVEL holds for every line, of pages and of jobs")
        func logLevel() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                try await stage.send("/notes/1", to: port)
                let quiet = try stage.start("ProcessFixture", "worker", "--once", with: ["LOG_LEVEL": "error"])
                #expect(try await quiet.exitCode() == 0)
                #expect(stage.hasEnded(1))
                #expect(quiet.output.isEmpty)
            }
        }

        @Test("a port in use is one sentence and exit code 1")
        func portInUse() async throws {
            try await Stage.play { stage in
                let server = try stage.start("SampleApp", with: memory)
                let port = try await server.port()
                let other = try stage.start("SampleApp", "serve", "--port", "\(port)", with: memory)
                #expect(try await other.exitCode() == 1)
                #expect(other.output.contains("Port \(port) on 127.0.0.1 is in use by another program"))
            }
        }

        @Test("a host that nobody knows is one sentence and exit code 1")
        func unknownHost() async throws {
            try await Stage.play { stage in
                let server = try stage.start(
                    "SampleApp", "serve", with: memory.merging(["HOST": "nowhere.invalid"]) { $1 })
                #expect(try await server.exitCode() == 1)
                #expect(server.output.contains("\"nowhere.invalid\" is not an address"))
            }
        }

        // NORI-B5
        @Test("a worker without a shared backend refuses to start, and says what to do")
        func volatileWorker() async throws {
            try await Stage.play { stage in
                let worker = try stage.start("SampleApp", "worker", with: memory)
                #expect(try await worker.exitCode() == 1)
                #expect(worker.output.contains("QUEUE_BACKEND=database"))
            }
        }
    }
}
