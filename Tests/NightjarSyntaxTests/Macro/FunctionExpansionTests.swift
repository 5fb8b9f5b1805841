import Testing

@Suite("@Job before a function")
struct FunctionExpansionTests {
    @Test("a global function gets a type beside it, and stays as it is")  // ASOK-X1, DBT-X1
    func global() {
        expectExpansion(
            """
            @Job func hello(name: String) { print(name) }
            """,
            """
            func hello(name: String) { print(name) }

            /// The job that calls `hello`.
            nonisolated struct $hello: Nightjar.Job {
                static let name = "MyApp.hello"
                static let parameters: [Nightjar.JobParameter] = [
                    Nightjar.JobParameter(name: "name", type: "String")
                ]
                var name: String
                init(name: String) {
                    self.name = name
                }
                func run(_ context: Nightjar.JobContext) async throws {
                    await (MyApp::hello(name: self.name), Nightjar.FoundJobs.called()).0
                }
            \(record(of: "$hello", line: 1, indentation: 4))
            }
            """)
    }

    @Test("options, defaults, labels, the context and what is returned are kept")
    func everything() {
        let function =
            "public static func resize(_ path: String, to width: Int = 100, in folder: Self.Folder?, "
            + "context: JobContext) async throws -> Int { 1 }"
        expectExpansion(
            """
            public enum Chores {
                @Job(name: "old.name", queue: "mail", retries: 3, timeout: .seconds(30), aliases: ["older"], version: 2)
                \(function)
            }
            """,
            """
            public enum Chores {
                \(function)

                /// The job that calls `Chores.resize`.
                public nonisolated struct $resize: Nightjar.Job {
                    public static let name = "old.name"
                    public static let options = Nightjar.JobOptions(queue: "mail", retry: Nightjar.RetryPolicy.retries(3), \
            timeout: .seconds(30))
                    public static let aliases: [String] = ["older"]
                    public static let version = 2
                    public static let parameters: [Nightjar.JobParameter] = [
                        Nightjar.JobParameter(name: "path", type: "String"),
                        Nightjar.JobParameter(name: "width", type: "Int", isOptional: true),
                        Nightjar.JobParameter(name: "folder", type: "Self.Folder?", isOptional: true)
                    ]
                    public var path: String
                    public var width: Int
                    public var folder: Chores.Folder?
                    public init(_ path: String, to width: Int = 100, in folder: Chores.Folder?) {
                        self.path = path
                        self.width = width
                        self.folder = folder
                    }
                    public init(from __decoder: any Swift.Decoder) throws {
                        let __values = try __decoder.container(keyedBy: Nightjar.JobKey.self)
                        self.path = try __values.value("path")
                        self.width = try __values.value("width", or: 100)
                        self.folder = try __values.value("folder", or: nil)
                    }
                    public func encode(to __encoder: any Swift.Encoder) throws {
                        var __values = __encoder.container(keyedBy: Nightjar.JobKey.self)
                        try __values.encode(self.path, forKey: "path")
                        try __values.encode(self.width, forKey: "width")
                        try __values.encode(self.folder, forKey: "folder")
                    }
                    public func run(_ context: Nightjar.JobContext) async throws -> Int {
                        try await Chores.resize(self.path, to: self.width, in: self.folder, context: context)
                    }
                    private typealias __Values = (Nightjar.JobValue<Chores.Folder?>)
            \(record(of: "$resize", line: 2, indentation: 8))
                }
            }
            """)
    }

    @Test("a private method in an extension of a nested type")
    func nested() {
        expectExpansion(
            """
            extension Outer.Inner {
                @Job @MainActor private static func sweep() { }
            }
            """,
            """
            extension Outer.Inner {
                @MainActor private static func sweep() { }

                /// The job that calls `Outer.Inner.sweep`.
                private nonisolated struct $sweep: Nightjar.Job {
                    static let name = "MyApp.Outer.Inner.sweep"
                    init() {
                    }
                    func run(_ context: Nightjar.JobContext) async throws {
                        await Outer.Inner.sweep()
                    }
            \(record(of: "$sweep", line: 2, indentation: 8))
                }
            }
            """)
    }

    @Test("what an extension makes public is public, and a name in backticks stays in them")
    func inherited() {
        expectExpansion(
            """
            public extension Chores {
                @Job static func `take out`() throws -> sending Int! { 1 }
            }
            """,
            """
            public extension Chores {
                static func `take out`() throws -> sending Int! { 1 }

                /// The job that calls `Chores.take out`.
                nonisolated struct `$take out`: Nightjar.Job {
                    public static let name = "MyApp.Chores.take out"
                    public init() {
                    }
                    public func run(_ context: Nightjar.JobContext) async throws -> Int? {
                        try await (Chores.`take out`(), Nightjar.FoundJobs.called()).0
                    }
            \(record(of: "`$take out`", line: 2, indentation: 8))
                }
            }
            """)
    }
}
