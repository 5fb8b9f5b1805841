import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

extension ProcessTests {
    /// Examples/Hello is one file, and nothing in it but `@Job` says that its function is a job.
    @Suite("Functions as jobs in real processes")
    struct FunctionJobs {
        private struct ListedType: Decodable {
            struct Parameter: Decodable {
                var name: String
                var type: String
            }

            var name: String
            var file: String?
            var line: Int?
            var parameters: [Parameter]?
        }

        /// Asks for a greeting, and waits for the job that makes it.
        private func greeting(from port: Int) async throws -> String {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/hello")
            request.method = .POST
            request.headers.add(name: "prefer", value: "wait=30")
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(40))
            #expect(response.status == .ok)
            return String(buffer: try await response.body.collect(upTo: 1 << 20))
        }

        // NUVOM-1, NUVOM-40, DBT-14, ASOK-X1
        @Test("a function of a single file is a job of the process that serves", arguments: ["memory", "database"])
        func served(backend: String) async throws {
            try await Stage.play { stage in
                let server = try stage.start("Hello", "serve", with: ["QUEUE_BACKEND": backend])
                #expect(try await greeting(from: server.port()).contains("Hello, x!"))
            }
        }

        // NUVOM-40, DBT-14
        @Test("a function of a single file is run by a worker that serves nothing")
        func worked() async throws {
            try await Stage.play { stage in
                let worker = try stage.start("Hello", "worker")
                try await worker.line(with: "Worker started")
                let server = try stage.start("Hello", "serve", with: ["WORKER_EMBEDDED": "false"])
                #expect(try await greeting(from: server.port()).contains("Hello, x!"))
            }
        }

        // NUVOM-40, DBT-14
        @Test("a job is found in a linked module that no code mentions, with its parameters and its place")
        func unmentioned() async throws {
            try await Stage.play { stage in
                let types = try await stage.ask([ListedType].self, "jobs", "types")
                let errand = try #require(types.first { $0.name == "Errands.errand" })
                #expect(errand.file == "Errands/Errand.swift" && errand.line == 5)
                #expect(errand.parameters?.map { "\($0.name): \($0.type)" } == ["number: Int"])
            }
        }

        // NUVOM-43, NUVOM-46
        @Test("discover-jobs writes the manifest, says what changed, and fails in CI when it is stale")
        func discovered() async throws {
            try await Stage.play { stage in
                func write(_ text: String, to path: String) throws {
                    let file = stage.folder.appending(path: path)
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data(text.utf8).write(to: file)
                }
                func discover(_ arguments: String...) async throws -> (code: Int32, output: String) {
                    let tool = try Program("discover-jobs-tool", arguments, in: stage.folder)
                    return (try await tool.exitCode(), tool.output)
                }
                try write("@Job func hello(name: String) { }", to: "Sources/Shop/Hello.swift")
                try write("@Job func old() { }", to: "Sources/Shop/Old/Old.swift")
                try write("Old/\n", to: ".nightjarignore")

                let missing = try await discover("--check")
                #expect(missing.code == 1 && missing.output.contains("manifest.json is stale"))
                #expect(!FileManager.default.fileExists(atPath: stage.folder.appending(path: ".nightjar").path))

                let first = try await discover()
                #expect(first.code == 0 && first.output.contains("added     Shop.hello"))
                #expect(first.output.contains("1 job in 1 file; .nightjar/manifest.json has been written."))
                #expect(try await discover("--check").code == 0)

                try write("@Job func hello(name: String, age: Int) { }", to: "Sources/Shop/Hello.swift")
                let stale = try await discover("--check")
                #expect(stale.code == 1)
                #expect(stale.output.contains("warning: Shop.hello: Stored jobs have no “age”"))

                try write("<<<<<<< HEAD", to: ".nightjar/manifest.json")
                let broken = try await discover()
                #expect(broken.code == 1 && broken.output.contains("it is not JSON"))
                let kept = try String(
                    contentsOf: stage.folder.appending(path: ".nightjar/manifest.json"), encoding: .utf8)
                #expect(kept == "<<<<<<< HEAD")
            }
        }
    }
}
