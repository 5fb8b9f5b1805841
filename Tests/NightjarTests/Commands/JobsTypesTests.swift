import Foundation
import Testing

@testable import Nightjar

@Suite("jobs types", .timeLimit(.minutes(1)))
struct JobsTypesTests {
    private struct Scheduled: Job {
        static let name = "scheduled"
        func run(_ context: JobContext) async throws {}
    }

    struct Listed: Decodable {
        struct Parameter: Decodable, Equatable {
            var name: String
            var type: String
            var isOptional: Bool
        }
        var name: String
        var aliases: [String]
        var version: Int
        var type: String
        var queue: String
        var retries: Int
        var timeout: Double
        var parameters: [Parameter]
        var file: String?
        var line: Int?
    }

    private func answer(_ arguments: String..., width: Int? = nil) async throws -> Answer {
        try await Operator.run(arguments, width: width, .testing) { app in
            try app.register(Described.self)
            try app.schedule(Scheduled(), .every(.seconds(60)))
            _ = try app.worker("letters").handler("send_letter", of: Int.self) { _ in }
        }
    }

    // NUVOM-3
    @Test("a table says what there is, where it is declared and how it is run")
    func table() async throws {
        let said = try await answer("jobs", "types")
        #expect(said.code == 0)
        let lines = said.output.split(separator: "\n").map(String.init)
        #expect(lines.first?.split(separator: " ").prefix(5) == ["NAME", "QUEUE", "RETRIES", "TIMEOUT", "PARAMETERS"])
        let line = try #require(lines.first { $0.hasPrefix("described ") })
        for part in [
            "low", " 2 ", "30s", "path: String, width?: Int", "NightjarTests/JobsTypesTests.swift:", " 3  ", "once",
        ] {
            #expect(line.contains(part), "\(part)")
        }
        #expect(lines.contains { $0.hasPrefix("send_letter ") && $0.contains(" letters ") })
        // Where a schedule was declared is where its job was, if nowhere else.
        let scheduled = try #require(lines.first { $0.hasPrefix("scheduled ") })
        #expect(scheduled.contains("NightjarTests/JobsTypesTests.swift:"))
    }

    @Test("--json says the same to programs, in the order of names")
    func json() async throws {
        let listed = try await answer("jobs", "types", "--json").json([Listed].self)
        #expect(listed.map(\.name) == listed.map(\.name).sorted())
        let job = try #require(listed.first { $0.name == "described" })
        #expect(job.queue == "low" && job.retries == 2 && job.timeout == 30 && job.version == 3)
        #expect(job.aliases == ["once"] && job.type.hasPrefix("NightjarTests."))
        #expect(
            job.parameters == [
                .init(name: "path", type: "String", isOptional: false),
                .init(name: "width", type: "Int", isOptional: true),
            ])
        #expect(job.file == "NightjarTests/JobsTypesTests.swift" && job.line != nil)
    }

    @Test("the help has an example, and what is not an option is refused")
    func help() async throws {
        let help = try await answer("jobs", "types", "--help")
        #expect(help.code == 0 && help.output.contains("jobs types --json"))
        #expect(try await answer("jobs", "types", "--yaml").code == 64)
    }
}

private struct Described: Job {
    static let name = "described"
    static let aliases = ["once"]
    static let version = 3
    static let options = JobOptions(queue: "low", retry: .immediate(maxAttempts: 3), timeout: .seconds(30))
    static let parameters = [
        JobParameter(name: "path", type: "String"), JobParameter(name: "width", type: "Int", isOptional: true),
    ]

    var path: String
    var width: Int?

    func run(_ context: JobContext) async throws {}
}
