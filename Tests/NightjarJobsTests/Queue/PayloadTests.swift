import Foundation
import NightjarTesting
import Testing

@testable import NightjarJobs

/// What a job is given comes back as it was, through a store that keeps bytes. An output that cannot be written down, or an
/// argument, does not compile: `OutputCoding` is there for `Codable` types and `Void` only, and a `Job` is `Codable`, so
/// no value is turned into text behind anybody's back. ASOK-X12. How the source of a job is written, with aliases of types
/// or without, is the compiler's business, and no name is looked up when it runs. NOBS-B7
@Suite("Payloads", .timeLimit(.minutes(1)))
struct PayloadTests {
    // DBT-B16, NUVOM-B27, NOBS-B6
    @Test("values of every kind come back as they were, in the job and in its result")
    func everyKind() async throws {
        let parcel = Parcel(
            date: Date(timeIntervalSince1970: 1_783_000_000.123_456), id: UUID(), bytes: Data([0, 255, 10]),
            price: Decimal(string: "19.990000000000000001") ?? 0, byNumber: [-1: "a", 7: "b"], size: .box(width: 3, 4),
            sizes: [.letter, .box(width: 0, 1)], numbers: [.infinity, -0.0, 5e-324, .greatestFiniteMagnitude],
            large: .max, nested: ["a": [nil, 1]], text: "“ü” \u{0} \u{2028} 🐦\r\n", tags: ["x", "y"], none: nil)
        let test = try LoggedQueue(WrappedBackend())
        try test.queue.register(Echo.self)
        try await running(test.queue) {
            let value = try await test.queue.background(Echo(parcel: parcel)).value
            #expect(value == parcel)
        }
    }

    // NOBS-X7
    @Test("an optional that is missing in a stored value is nil, and what nobody knows is no error")
    func missingOptional() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend)
        try test.queue.register(Greeting.self)
        let job = NewJob(
            id: JobID(), spec: JobSpec(name: "greeting"), payload: .encoded(Array(#"{"name":"Ada","old":1}"#.utf8)),
            createdAt: backend.clock.now, dueAt: backend.clock.now)
        _ = try await backend.insert([job])
        try await running(test.queue) {
            let value = try await test.queue.future(job.id, of: Greeting.self).value
            #expect(value == "Hello, Ada")
        }
    }

    // NORI-X5
    @Test("what a job calls queue, delay or options is its own, and not the call's")
    func ownNames() async throws {
        @Sendable func describe(queue: String, delay: Int) -> String { "\(queue) \(delay)" }
        let test = try LoggedQueue(WrappedBackend())
        try test.queue.register(Transfer.self)
        try await running(test.queue) {
            let transfer = Transfer(queue: "parcels", delay: 3, options: ["a"], priority: -1)
            let future = try await test.queue.background(transfer, options: JobOptions(queue: "mail", priority: 5))
            #expect(try await future.value == "parcels 3 [\"a\"] -1")
            let spec = try #require(try await test.queue.record(of: future.jobID)).spec
            #expect(spec.queue == "mail" && spec.priority == 5)
            #expect(try await test.queue.background(describe, "parcels", 3600).value == "parcels 3600")
        }
    }
}

private struct Parcel: Codable, Hashable, Sendable {
    enum Size: Codable, Hashable, Sendable {
        case letter
        case box(width: Int, Int)
    }

    var date: Date
    var id: UUID
    var bytes: Data
    var price: Decimal
    var byNumber: [Int: String]
    var size: Size
    var sizes: Set<Size>
    var numbers: [Double]
    var large: UInt64
    var nested: [String: [Int?]]
    var text: String
    var tags: Set<String>
    var none: String?
}

private struct Echo: Job {
    static let name = "echo"
    var parcel: Parcel
    func run(_ context: JobContext) async throws -> Parcel { parcel }
}

private struct Greeting: Job {
    static let name = "greeting"
    var name: String
    var title: String?
    func run(_ context: JobContext) async throws -> String { "Hello, \(title.map { "\($0) " } ?? "")\(name)" }
}

private struct Transfer: Job {
    static let name = "transfer"
    var queue: String
    var delay: Int
    var options: [String]
    var priority: Int
    func run(_ context: JobContext) async throws -> String { "\(queue) \(delay) \(options) \(priority)" }
}
