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
                package init(from decoder: any Swift.Decoder) throws {
                    let values = try decoder.container(keyedBy: Nightjar.JobKey.self)
                    self.day = try values.value("day")
                    self.limit = try values.value("limit", or: self.limit)
                }
                package func encode(to encoder: any Swift.Encoder) throws {
                    var values = encoder.container(keyedBy: Nightjar.JobKey.self)
                    try values.encode(self.limit, forKey: "limit")
                    try values.encode(self.day, forKey: "day")
                }
            }
            """)
    }
}
