import Testing

@Suite("@JobType before a structure")
struct StructureExpansionTests {
    @Test("a structure gets a name, a list of its properties and the conformance")
    func plain() {
        expectExpansion(
            """
            @JobType struct Digest {
                var day: String
                func run(_ context: JobContext) { }
            }
            """,
            """
            struct Digest {
                var day: String
                func run(_ context: JobContext) { }

                static let name = "MyApp.Digest"

                static let parameters: [Nightjar.JobParameter] = [
                    Nightjar.JobParameter(name: "day", type: "String")
                ]

            \(record(of: "Digest", line: 1, indentation: 4))
            }

            extension Digest: Nightjar.Job {

            }
            """)
    }

    @Test("properties with a default may be missing in a stored job")
    func defaults() {
        expectExpansion(
            """
            @JobType(queue: "low") package struct Digest {
                var limit = 10, day: String
                func run(_ context: JobContext) { }
            }
            """,
            """
            package struct Digest {
                var limit = 10, day: String
                func run(_ context: JobContext) { }

                package static let name = "MyApp.Digest"

                package static let options = Nightjar.JobOptions(queue: "low")

                package static let parameters: [Nightjar.JobParameter] = [
                    Nightjar.JobParameter(name: "limit", type: "Int", isOptional: true),
                    Nightjar.JobParameter(name: "day", type: "String")
                ]

            \(record(of: "Digest", line: 1, indentation: 4))
            }

            extension Digest: Nightjar.Job {
                typealias CodingKeys = Nightjar.JobKey
                package init(from __decoder: any Swift.Decoder) throws {
                    let __values = try __decoder.container(keyedBy: Nightjar.JobKey.self)
                    self.day = try __values.value("day")
                    self.limit = try __values.value("limit", or: self.limit)
                }
                package func encode(to __encoder: any Swift.Encoder) throws {
                    var __values = __encoder.container(keyedBy: Nightjar.JobKey.self)
                    try __values.encode(self.limit, forKey: "limit")
                    try __values.encode(self.day, forKey: "day")
                }
            }
            """)
    }

    @Test(
        "the coding is left to the compiler where the structure says how it is stored",
        arguments: [
            "enum CodingKeys: String, CodingKey {\n        case limit\n    }",
            "#if DEBUG\n    enum CodingKeys: String, CodingKey {\n        case limit\n    }\n    #endif",
        ])
    func ownCoding(member: String) {
        expectExpansion(
            """
            @JobType struct Digest {
                var limit = 10
                \(member)
                static let parameters: [JobParameter] = []
            }
            """,
            """
            struct Digest {
                var limit = 10
                \(member)
                static let parameters: [JobParameter] = []

                static let name = "MyApp.Digest"

            \(record(of: "Digest", line: 1, indentation: 4))
            }

            extension Digest: Nightjar.Job {

            }
            """)
    }

    @Test("what the structure says itself is not said again, and is what the job is called")
    func ownStatics() {
        expectExpansion(
            """
            @JobType struct Digest {
                static let name = "digest", version = 2
                static var aliases: [String] { ["old"] }
                var day: String? = nil
                init(from decoder: any Decoder) { }
            }
            """,
            """
            struct Digest {
                static let name = "digest", version = 2
                static var aliases: [String] { ["old"] }
                var day: String? = nil
                init(from decoder: any Decoder) { }

                static let parameters: [Nightjar.JobParameter] = [
                    Nightjar.JobParameter(name: "day", type: "String?", isOptional: true)
                ]

            \(record(of: "Digest", line: 1, indentation: 4))
            }

            extension Digest: Nightjar.Job {

            }
            """)
    }
}
