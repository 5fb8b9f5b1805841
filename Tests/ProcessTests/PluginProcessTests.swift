import Foundation
import Testing

extension ProcessTests {
    @Suite("Plugins in real processes")
    struct Plugins {
        // NUVOM-53, NUVOM-14
        @Test("plugins test checks a backend that the program was linked with, line by line")
        func test() async throws {
            try await Stage.play { stage in
                let test = try stage.start("ProcessFixture", "plugins", "test", "file")
                #expect(try await test.exitCode(within: .seconds(120)) == 0)
                #expect(test.output.contains("ok    a job is handed out once"))
                #expect(test.output.contains(" 0 failed."))
            }
        }

        // NUVOM-B13, NUVOM-22, AT-1
        @Test("a process that is killed on the file backend loses no job, running or waiting")
        func killed() async throws {
            try await Stage.play { stage in
                let variables = ["QUEUE_BACKEND": "file"]
                let server = try stage.start(
                    "ProcessFixture", "serve", with: variables.merging(["BG_WORKERS": "2"]) { $1 })
                let port = try await server.port()
                for number in 1...6 { try await stage.send("/notes/\(number)?ms=400", to: port) }
                try await stage.wait(for: "a job to begin") { !stage.ledger(1).isEmpty }
                server.kill()
                try await server.exitCode()
                let again = try stage.start("ProcessFixture", "serve", with: variables)
                _ = try await again.port()
                try await stage.waitForEnds(of: 1...6)
            }
        }

        // NUVOM-52
        @Test("a plugin that is not linked stops the start with exit code 1")
        func unknown() async throws {
            try await Stage.play { stage in
                let program = try stage.start("ProcessFixture", "serve", with: ["PLUGINS": "metrik"])
                #expect(try await program.exitCode() == 1)
                #expect(program.output.contains("it has file, metrics, tracing. Did you mean \"metrics\"?"))
            }
        }
    }
}
