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
