import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Jobs found by themselves")
struct FoundJobTests {
    @Test("a type with a record is known without being registered, with the place it is declared at")
    func found() async throws {
        let queue = JobQueue()
        let job = try #require(queue.registry.types.first { $0.name == "NightjarJobsTests.ByItself" })
        #expect(job.type == "NightjarJobsTests.ByItself")
        #expect(job.file == "NightjarJobsTests/FoundJobTests.swift" && job.line == ByItself.line)
        #expect(job.queue == "found" && job.version == 1 && job.aliases == ["NightjarJobsTests.Formerly"])
        #expect(job.parameters == [JobParameter(name: "text", type: "String")])
        try await queue.open()
        try await running(queue) {
            let words = try await queue.background(ByItself(text: "hello")).value
            #expect(words == "hello")
        }
    }

    @Test("every record is found once, whatever else is linked in")
    func once() {
        #expect(FoundJobs.all.count { $0.type == ByItself.self } == 1)
        #expect(FoundJobs.all.count { $0.type == AlsoByItself.self } == 1)
    }

    @Test("registering a found type changes nothing")
    func registered() throws {
        let queue = JobQueue()
        try queue.register(ByItself.self)
        #expect(queue.registry.types.first { $0.name == ByItself.name }?.line == ByItself.line)
    }

    // NUVOM-B15
    @Test("two found types of one name stop the start, both named with their places")
    func duplicates() async throws {
        let queue = JobQueue(found: [
            FoundJob(type: FirstOfTwo.self, file: "Shop/One.swift", line: 3),
            FoundJob(type: SecondOfTwo.self, file: "Shop/Two.swift", line: 14),
        ])
        let error = await #expect(throws: QueueError.self) { try await queue.open() }
        #expect(
            error?.description
                == "NightjarJobsTests.FirstOfTwo (Shop/One.swift:3) and NightjarJobsTests.SecondOfTwo (Shop/Two.swift:14) "
                + "are both named “one of two”. Give one of them a `static let name` of its own.")
    }

    @Test("everything that is wrong with found types is told at once")
    func complaints() async {
        let queue = JobQueue(found: [
            FoundJob(type: FirstOfTwo.self, file: "Shop/One.swift", line: 3),
            FoundJob(type: SecondOfTwo.self, file: "Shop/Two.swift", line: 14),
            FoundJob(type: Senseless.self, file: "Shop/Three.swift", line: 15),
        ])
        let error = await #expect(throws: QueueError.self) { try await queue.open() }
        #expect(error?.description.contains("Two.swift:14") == true)
        #expect(error?.description.contains("Three.swift:15) make no sense") == true)
    }

    @Test("an alias that is another type's name or alias stops the start, too")
    func aliasClashes() {
        for (first, second) in [
            (FirstOfTwo.self, OnceOneOfTwo.self), (OnceOneOfTwo.self, FirstOfTwo.self),
            (OnceOneOfTwo.self, AlsoOnceOneOfTwo.self),
        ] as [(any Job.Type, any Job.Type)] {
            let registry = JobRegistry(
                defaults: JobDefaults(),
                found: [
                    FoundJob(type: first, file: "A.swift", line: 1), FoundJob(type: second, file: "B.swift", line: 2),
                ])
            let error = #expect(throws: QueueError.self) { try registry.check() }
            let sentence = error?.description ?? ""
            #expect(sentence.contains("A.swift:1)") && sentence.contains("B.swift:2)"))
            #expect(sentence.contains("by an alias") && sentence.contains("“one of two”"))
        }
    }
}

/// A job with the record that `@Job` writes beside a type.
struct ByItself: Job {
    static let name = "NightjarJobsTests.ByItself"
    static let aliases = ["NightjarJobsTests.Formerly"]
    static let options = JobOptions(queue: "found")
    static let parameters = [JobParameter(name: "text", type: "String")]
    static let line = 97

    var text: String

    func run(_ context: JobContext) async throws -> String { text }

    #if objectFormat(MachO)
        @section("__DATA,__nightjar_jobs")
        @used static let record: (Int, @convention(c) (UnsafeMutableRawPointer) -> Void) =
            (1, { FoundJobs.note(ByItself.self, file: #fileID, line: 97, in: $0) })
    #else
        @section("nightjar_jobs")
        @used static let record: (Int, @convention(c) (UnsafeMutableRawPointer) -> Void) =
            (1, { FoundJobs.note(ByItself.self, file: #fileID, line: 97, in: $0) })
    #endif
}

enum Nest {
    struct AlsoByItself: Job {
        static let name = "NightjarJobsTests.Nest.AlsoByItself"

        func run(_ context: JobContext) async throws {}

        #if objectFormat(MachO)
            @section("__DATA,__nightjar_jobs")
            @used static let record: (Int, @convention(c) (UnsafeMutableRawPointer) -> Void) =
                (1, { FoundJobs.note(Nest.AlsoByItself.self, file: #fileID, line: 121, in: $0) })
        #else
            @section("nightjar_jobs")
            @used static let record: (Int, @convention(c) (UnsafeMutableRawPointer) -> Void) =
                (1, { FoundJobs.note(Nest.AlsoByItself.self, file: #fileID, line: 121, in: $0) })
        #endif
    }
}

private typealias AlsoByItself = Nest.AlsoByItself

private struct OnceOneOfTwo: Job {
    static let name = "once one of two"
    static let aliases = ["one of two"]
    func run(_ context: JobContext) async throws {}
}

private struct AlsoOnceOneOfTwo: Job {
    static let name = "also once one of two"
    static let aliases = ["one of two"]
    func run(_ context: JobContext) async throws {}
}
