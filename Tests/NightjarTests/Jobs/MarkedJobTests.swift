import Foundation
import NightjarTesting
import Testing

@testable import Nightjar
@testable import NightjarJobs

/// `@Job` through the app's door: nothing is registered, on a volatile and on a durable backend.
@Suite("Functions as jobs", .timeLimit(.minutes(2)))
struct MarkedJobTests {
    /// Runs with jobs in memory or in a file.
    private func withApp(
        _ backend: String, _ body: (App) async throws -> Void
    ) async throws {
        try await withApp(backend, declare: { _ in }, body: { app, _ in try await body(app) })
    }

    private func withApp(
        _ backend: String, declare: (App) throws -> Void, body: (App, Int) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "nightjar-marked-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = AppConfiguration.testing
        configuration.queueBackend = backend
        configuration.databaseURL = "sqlite://\(folder.path)/jobs.sqlite"
        try await withRunningApp(configuration: configuration, declare, body)
    }

    // NUVOM-1, NUVOM-5, NUVOM-6, DBT-14
    @Test("a function is called from a route as a job", arguments: ["memory", "database"])
    func fromRoute(backend: String) async throws {
        try await withApp(backend) { app in
            app.post("/hello") { request in try await request.background($hello(name: "Ada")).value }
        } body: { _, port in
            let response = try await ask(port, "/hello", method: "POST")
            #expect(response.text == "Hello, Ada!")
        }
    }

    @Test("every kind of function runs as what it is", arguments: ["memory", "database"])  // NUVOM-B16, ASOK-B15
    func kinds(backend: String) async throws {
        try await withApp(backend) { app in
            #expect(try await app.background($run(run: 3)).value == "3 v")
            #expect(try await app.background($run(run: 3, version: "w")).value == "3 w")
            #expect(
                try await app.background(Chores.$resize("cat.png", to: 7, in: nil, fit: .contain)).value
                    == ["cat.png", "7", "nowhere", "contain", "1"])
            #expect(
                try await app.background(Chores.$resize("cat.png")).value == [
                    "cat.png", "100", "pictures", "cover", "1",
                ])
            #expect(try await app.background(Chores.$sweep(default: nil, for: "key")).value == "key nil")
            #expect(try await app.background(Screen.$title()).value == "title")
            #expect(try await app.background(Chores.Fit.allAsJob).value == [.contain, .cover])
            try await app.background(Chores.$nothing()).value
            #expect(try await tellSecret("owl", to: app) == "OWL")
            let failed = try await app.background(Chores.$fail())
            await #expect(throws: (any Error).self) { try await failed.value }
            #expect(try await failed.status.attempt == 1)
        }
    }

    @Test("it is still a function")  // NUVOM-1, ASOK-X1, DBT-X1
    func direct() async throws {
        #expect(hello(name: "Ada") == "Hello, Ada!")
        #expect(try await run(run: 1) == "1 v")
    }

    @Test("structures are jobs with what the macro says", arguments: ["memory", "database"])
    func structures(backend: String) async throws {
        try await withApp(backend) { app in
            let usual = try await app.background(Digest(day: "monday"))
            let short = try await app.background(Digest(day: "monday", limit: 2, note: nil))
            #expect(try await usual.value == "monday 10 none")
            #expect(try await short.value == "monday 2 nil")
        }
        #expect(Digest.name == "NightjarTests.Digest")
        #expect(Digest.version == 2)
        #expect(Digest.options.queue == "low")
        #expect(Plain.options.queue == "plain")
        #expect(Plain.parameters == [JobParameter(name: "day", type: "String?", isOptional: true)])
    }

    @Test("what @Job says is what the job is run with")  // NUVOM-2, NUVOM-3
    func options() throws {
        let options = Chores.$resize.options
        #expect(options.queue == "high")
        #expect(options.priority == 7)
        #expect(options.retry?.maxAttempts == 4)
        #expect(options.timeout == .seconds(30))
        #expect(options.delay == .zero)
        #expect(options.tags == ["picture"])
        #expect(options.metadata == ["kind": "picture"])
        #expect(RetryPolicy.retries(3).delay(afterAttempt: 2, Chores.Broken(), chance: 0) == .seconds(21))
        #expect(
            Chores.$resize.parameters.map(\.name) == ["path", "width", "folder", "fit"])
    }

    @Test("functions of one name in two places are two jobs")  // NUVOM-B15
    func names() async throws {
        #expect($hello.name == "NightjarTests.hello")
        #expect(Chores.$hello.name == "NightjarTests.Chores.hello")
        try await withApp("memory") { app in
            #expect(try await app.background(Chores.$hello(name: "Ada")).value == "Not you, Ada.")
            let known = Set(app.queue.registry.types.map(\.name))
            #expect(
                known.isSuperset(of: ["NightjarTests.hello", "NightjarTests.secret", "fits", "NightjarTests.Plain"]))
            let fits = try #require(app.queue.registry.types.first { $0.name == "fits" })
            #expect(fits.aliases == ["fitted"])
            #expect(fits.file == "NightjarTests/MarkedJobs.swift")
        }
    }

    @Test("what a stored job lacks is filled in with the default, or is nil")  // NOBS-X7
    func missing() throws {
        func read<J: Job>(_ type: J.Type, _ text: String) throws -> J { try JSON.decode(type, from: Array(text.utf8)) }
        let resize = try read(Chores.$resize.self, #"{"path": "a"}"#)
        #expect(resize.width == 100 && resize.folder == "pictures" && resize.fit == .cover)
        let explicit = try read(Chores.$resize.self, #"{"path": "a", "folder": null, "more": 1}"#)
        #expect(explicit.folder == nil)
        #expect(try read(Chores.$sweep.self, #"{"key": "a"}"#).default == nil)
        let digest = try read(Digest.self, #"{"day": "monday"}"#)
        #expect(digest.limit == 10 && digest.note == "none")
        #expect(throws: DecodingError.self) { try read(Chores.$resize.self, #"{"width": 1}"#) }
        #expect(throws: DecodingError.self) { try read(Chores.$resize.self, #"{"path": "a", "width": "b"}"#) }
    }

    @Test("what was stored by an earlier version is upgraded as the job's type says in an extension")
    func upgraded() throws {
        func upgrade<J: Job>(_ type: J.Type, _ old: StoredJob) throws -> J { try J.upgrade(old) }
        let old = StoredJob(name: "salute", version: 1, bytes: Array(#"{"first": "Ada", "last": "L."}"#.utf8))
        #expect(try upgrade($salute.self, old).name == "Ada L.")
    }

    @Test("nothing that is given is lost on the way to the disk and back")  // NUVOM-4
    func roundTrip() throws {
        let job = Chores.$resize("a", to: 3, in: nil, fit: .contain)
        let back = try JSON.decode(Chores.$resize.self, from: JSON.encode(job))
        #expect(back.path == "a" && back.width == 3 && back.folder == nil && back.fit == .contain)
        let digest = try JSON.decode(Digest.self, from: JSON.encode(Digest(day: "monday", limit: 0, note: nil)))
        #expect(digest.limit == 0 && digest.note == nil)
    }
}
