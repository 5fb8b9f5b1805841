import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Jobs that change")
struct VersionTests {
    @Test("a job stored under an old name is run by the type that has it as an alias")
    func alias() async throws {
        let backend = WrappedBackend()
        let before = JobQueue(backend: backend)
        try before.register(Greet.self)
        let id = try await before.background(Greet(first: "Ada", last: "Lovelace")).jobID

        let test = try LoggedQueue(backend)
        try test.queue.register(Welcome.self)
        let words = try await running(test.queue) { try await test.queue.future(id, of: Welcome.self).value }
        #expect(words == "welcome, Ada Lovelace")
    }

    @Test("what an older version stored is upgraded before it runs, and told which version that was")
    func upgrade() async throws {
        let backend = WrappedBackend()
        let before = JobQueue(backend: backend)
        try before.register(Greet.self)
        let old = try await before.background(Greet(first: "Ada", last: "Lovelace")).jobID
        let odd = try await before.background(Greet(first: "", last: "")).jobID

        let test = try LoggedQueue(backend)
        try test.queue.register(GreetTwo.self)
        try await running(test.queue) {
            let upgraded = try await test.queue.future(old, of: GreetTwo.self).value
            #expect(upgraded == "greet 1: Ada Lovelace")
            let own = try await test.queue.background(GreetTwo(name: "Bob")).value
            #expect(own == "Bob")
            // What cannot be upgraded is a dead letter, its bytes kept.
            await #expect(throws: JobError.self) { try await test.queue.future(odd, of: GreetTwo.self).value }
        }
        let record = try #require(try await test.queue.record(of: odd))
        #expect(record.state == .failed && record.failures.last?.message.contains("nobody") == true)
        guard case .encoded = record.payload else {
            Issue.record("the bytes are gone")
            return
        }
    }

    @Test("a worker leaves what a newer version stored in the queue, warns once, and runs the rest")
    func newer() async throws {
        let backend = WrappedBackend()
        let after = JobQueue(backend: backend)
        try after.register(GreetTwo.self)
        let newer = try await after.background([GreetTwo(name: "Bob"), GreetTwo(name: "Eve")]).map(\.jobID)

        let test = try LoggedQueue(backend)
        try test.queue.register(Greet.self)
        try await running(test.queue) {
            let own = try await test.queue.background(Greet(first: "Ada", last: "Lovelace"))
            let words = try await own.value
            #expect(words == "hello, Ada Lovelace")
        }
        for id in newer {
            let record = try #require(try await after.record(of: id))
            #expect(record.state == .pending && record.attempt == 0 && record.spec.version == 2)
        }
        let warnings = test.lines.filter { $0.message.contains("newer version") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.metadata["job.version"] == "2" && warnings.first?.metadata["known"] == "1")

        try await running(after) {
            for id in newer { _ = try await after.future(id, of: GreetTwo.self).value }
        }
    }

    @Test("the version is stored with jobs of one call's own options, too")
    func options() async throws {
        let queue = JobQueue(backend: WrappedBackend())
        try queue.register(GreetTwo.self)
        let id = try await queue.background(GreetTwo(name: "Bob"), options: JobOptions(tags: ["t"])).jobID
        #expect(try await queue.record(of: id)?.spec.version == 2)
    }

    @Test("a version below 1 and an empty alias are found when the type is registered")
    func senseless() {
        struct Zeroth: Job {
            static let name = "zeroth"
            static let version = 0
            func run(_ context: JobContext) async throws {}
        }
        struct Nameless: Job {
            static let name = "nameless"
            static let aliases = [""]
            func run(_ context: JobContext) async throws {}
        }
        let queue = JobQueue()
        let error = #expect(throws: QueueError.self) { try queue.register(Zeroth.self) }
        #expect(error?.description.contains("has version 0; versions are counted from 1") == true)
        #expect(throws: QueueError.self) { try queue.register(Nameless.self) }
    }

    // NUVOM-41
    @Test("of two types with one name the later one is refused, takes the place, or is passed over, as is said")
    func conflicts() async throws {
        let queue = JobQueue(backend: WrappedBackend())
        try queue.register(Greet.self)
        #expect(throws: QueueError.self) { try queue.register(GreetTwo.self) }

        try queue.register(GreetTwo.self, onConflict: .keep)
        #expect(queue.registry.definition(named: "greet")?.typeName == "NightjarJobsTests.Greet")
        await #expect(throws: QueueError.self) { try await queue.background(GreetTwo(name: "Bob")) }

        let old = try await queue.background(Greet(first: "Ada", last: "Lovelace")).jobID
        try queue.register(GreetTwo.self, onConflict: .replace)
        #expect(queue.registry.names.count { $0 == "greet" } == 1)
        await #expect(throws: QueueError.self) { try await queue.background(Greet(first: "Ada", last: "Lovelace")) }
        let words = try await running(queue) { try await queue.future(old, of: GreetTwo.self).value }
        #expect(words == "greet 1: Ada Lovelace")
    }
}

struct Greet: Job {
    static let name = "greet"
    var first: String
    var last: String

    func run(_ context: JobContext) async throws -> String { "hello, \(first) \(last)" }
}

struct Welcome: Job {
    static let name = "welcome"
    static let aliases = ["greet"]
    var first: String
    var last: String

    func run(_ context: JobContext) async throws -> String { "welcome, \(first) \(last)" }
}

struct GreetTwo: Job {
    static let name = "greet"
    static let version = 2
    var name: String

    static func upgrade(_ old: StoredJob) throws -> Self {
        let before = try old.decode(Greet.self)
        guard !before.first.isEmpty else { throw Boom(text: "nobody to greet") }
        return Self(name: "\(old.name) \(old.version): \(before.first) \(before.last)")
    }

    func run(_ context: JobContext) async throws -> String { name }
}
