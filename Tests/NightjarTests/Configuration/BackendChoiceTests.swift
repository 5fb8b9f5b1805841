import Foundation
import Testing

@testable import Nightjar

/// Where jobs are kept is decided by the environment; the app's code stays the same.
@Suite("Choosing a backend", .timeLimit(.minutes(1)))
struct BackendChoiceTests {
    struct Greet: Job {
        static let name = "BackendChoice.Greet"
        var name: String
        func run(_ context: JobContext) async throws -> String { "Hello, \(name)" }
    }

    // NORI-1, NORI-16, ASOK-10, NUVOM-20
    @Test(
        "one variable, under any of its names, keeps jobs in memory or in a database",
        arguments: ["QUEUE_BACKEND", "QUEUE_DRIVER", "ASOK_QUEUE_BACKEND", "NUVOM_QUEUE_BACKEND"],
        [("memory", "memory"), ("local", "memory"), ("database", "database")])
    func choice(variable: String, value: (word: String, backend: String)) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("choice-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let environment = [
            variable: value.word, "DATABASE_URL": "sqlite://\(folder)/jobs.sqlite", "APP_ENV": "testing", "PORT": "0",
        ]
        let configuration = try await AppConfiguration.load(environment: environment, dotEnvPath: nil)
        try await withRunningApp(configuration: configuration) { app in
            try app.register(Greet.self)
            app.get("/:name") { request in
                // Side by side: a job that survives what the backend survives, and a closure that ends with the process.
                let greeting = try await request.background(Greet(name: try request.parameters["name"]))
                let here = request.background { "here" }
                return "\(try await greeting.value), \(try await here.value)"
            }
        } _: { app, port in
            #expect(app.queue.backend.traits.name == value.backend)
            let response = try await ask(port, "/Ada")
            #expect(response.text == "Hello, Ada, here")
        }
        #expect(FileManager.default.fileExists(atPath: "\(folder)/jobs.sqlite") == (value.backend == "database"))
    }
}
