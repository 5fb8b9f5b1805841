import Testing

@Suite("@JobType before a structure")
struct StructureExpansionTests {
    @Test("a structure gets a name, a list of its properties and the conformance")
    func plain() {
        expectExpansion("@JobType struct Digest { var day: String; func run(_ context: JobContext) { } }", "")
    }

    @Test("properties with a default may be missing in a stored job")
    func defaults() {
        expectExpansion(
            "@JobType(queue: \"low\") package struct Digest { var limit = 10, day: String; func run(_ context: JobContext) { } }",
            "")
    }
}
