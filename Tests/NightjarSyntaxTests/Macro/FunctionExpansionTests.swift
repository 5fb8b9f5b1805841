import Testing

@Suite("@Job before a function")
struct FunctionExpansionTests {
    @Test("a global function gets a type beside it")
    func global() {
        expectExpansion("@Job func hello(name: String) { print(name) }", "")
    }

    @Test("options, defaults, labels, the context and what is returned are kept")
    func everything() {
        expectExpansion(
            """
            public enum Chores {
                @Job(name: "old.name", queue: "mail", retries: 3, timeout: .seconds(30), aliases: ["older"], version: 2)
                public static func resize(_ path: String, to width: Int = 100, in folder: Self.Folder?, context: JobContext) async throws -> Int { 1 }
            }
            """, "")
    }

    @Test("a private method in an extension of a nested type")
    func nested() {
        expectExpansion(
            """
            extension Outer.Inner {
                @Job @MainActor private static func sweep() { }
            }
            """, "")
    }
}
