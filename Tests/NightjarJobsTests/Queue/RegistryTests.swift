import Foundation
import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Registering jobs")
struct RegistryTests {
    // NUVOM-B15, NUVOM-41
    @Test("two types of one name are an error that names both; the same type twice is none")
    func duplicates() throws {
        let queue = JobQueue()
        try queue.register(FirstOfTwo.self)
        try queue.register(FirstOfTwo.self)
        let error = #expect(throws: QueueError.self) { try queue.register(SecondOfTwo.self) }
        let sentence = try #require(error?.description)
        let place = "(NightjarJobsTests/RegistryTests.swift:"
        #expect(sentence.contains("FirstOfTwo \(place)") && sentence.contains("SecondOfTwo \(place)"))
        #expect(sentence.contains("are both named “one of two”"))
        #expect(queue.registry.names.contains("one of two"))
    }

    // DBT-4, NOBS-B11, NUVOM-X4
    @Test("a private or local type without a name of its own is refused, because its name would not last")
    func localTypes() throws {
        struct Local: Job {
            func run(_ context: JobContext) async throws {}
        }
        struct NamedLocal: Job {
            static let name = "named local"
            func run(_ context: JobContext) async throws {}
        }
        let queue = JobQueue()
        for register in [{ try queue.register(Local.self) }, { try queue.register(PrivateJob.self) }] {
            let error = #expect(throws: QueueError.self) { try register() }
            #expect(error?.description.contains("Give it a `static let name`") == true)
        }
        try queue.register(NamedLocal.self)
        try queue.register(PublicJob.self)
        #expect(Set(queue.registry.names).isSuperset(of: ["NightjarJobsTests.PublicJob", "named local"]))
    }

    @Test("options that make no sense are found when the type is registered")
    func options() {
        let error = #expect(throws: QueueError.self) { try JobQueue().register(Senseless.self) }
        let sentence = error?.description ?? ""
        #expect(sentence.contains("Senseless (") && sentence.contains("make no sense: the timeout is -1.0 seconds"))
    }

    // NORI-B10, ASOK-19
    @Test("a type that was never registered is refused where it is enqueued, with the remedy")
    func unregistered() async {
        let error = await #expect(throws: QueueError.self) { try await JobQueue().background(PublicJob()) }
        #expect(
            error?.description
                == "PublicJob was never registered, so nobody could run it. Call app.register(PublicJob.self) before the app runs."
        )
    }

    // DBT-7, NUVOM-B18
    @Test("a value that cannot be stored is refused where it is enqueued, in memory, too")
    func notEncodable() async throws {
        for backend in [nil, WrappedBackend()] {
            let test = try LoggedQueue(backend)
            try test.queue.register(Unstorable.self)
            let error = await #expect(throws: QueueError.self) { try await test.queue.background(Unstorable()) }
            #expect(error?.description.hasPrefix("unstorable cannot be stored: ") == true)
        }
        let memory = try LoggedQueue()
        try memory.queue.register(OneWay.self)
        let error = await #expect(throws: QueueError.self) { try await memory.queue.background(OneWay()) }
        #expect(error?.description.contains("cannot be decoded again") == true)
    }

    // NOBS-B1
    @Test("a value over the limit is refused with both numbers")
    func tooLarge() async throws {
        let test = try LoggedQueue { $0.payloadLimit = 1000 }
        try test.queue.register(Large.self)
        try await test.queue.background(Large(text: String(repeating: "x", count: 900)))
        let error = await #expect(throws: QueueError.self) {
            try await test.queue.background(Large(text: String(repeating: "x", count: 1000)))
        }
        #expect(error == .tooLarge(job: "large", bytes: 1011, limit: 1000))
    }

    @Test("a retry policy that is code cannot be stored with one call on a durable backend")
    func policyOfCode() async throws {
        let options = JobOptions(retry: .custom { _, _ in .zero })
        try await LoggedQueue().queue.background(Scripted { _ in "" }, options: options)
        let error = await #expect(throws: QueueError.self) {
            try await LoggedQueue(WrappedBackend()).queue.background(Scripted { _ in "" }, options: options)
        }
        #expect(error?.description.contains("put it into the job type's options") == true)
    }

    // NUVOM-39
    @Test("registering and looking up from many threads is safe")
    func threads() async throws {
        let queue = JobQueue(found: [])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<200 {
                        try? queue.register(PublicJob.self)
                        try? queue.register(FirstOfTwo.self)
                        _ = queue.registry.definition(named: "one of two")
                    }
                }
            }
        }
        #expect(queue.registry.names.count == 2)
    }
}

struct PublicJob: Job {
    func run(_ context: JobContext) async throws {}
}

private struct PrivateJob: Job {
    func run(_ context: JobContext) async throws {}
}

struct FirstOfTwo: Job {
    static let name = "one of two"
    func run(_ context: JobContext) async throws {}
}

struct SecondOfTwo: Job {
    static let name = "one of two"
    func run(_ context: JobContext) async throws {}
}

struct Senseless: Job {
    static let options = JobOptions(timeout: .seconds(-1))
    func run(_ context: JobContext) async throws {}
}

private struct Large: Job {
    static let name = "large"
    var text: String
    func run(_ context: JobContext) async throws {}
}

private struct Unstorable: Job {
    static let name = "unstorable"
    init() {}
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws { throw Boom(text: "holds an open file") }
    func run(_ context: JobContext) async throws {}
}

private struct OneWay: Job {
    static let name = "one way"
    init() {}
    init(from decoder: any Decoder) throws { throw Boom(text: "no way back") }
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("there")
    }
    func run(_ context: JobContext) async throws {}
}
