import Foundation
import Testing

@testable import NightjarDiscovery

@Suite("Finding jobs in sources")
struct DiscoveryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func look(_ folders: String...) throws -> Discovery.Findings {
        try Discovery(root: folder.url, folders: folders).look()
    }

    @discardableResult
    private func update(_ folders: String...) throws -> Discovery.Findings {
        let discovery = Discovery(root: folder.url, folders: folders)
        let findings = try discovery.look()
        try discovery.write(findings.manifest)
        return findings
    }

    @Test("functions and structures are found without building them, async ones too")  // NUVOM-43, NUVOM-B16
    func finds() throws {
        try folder.write(
            "Sources/Shop/Jobs.swift",
            """
            import NothingThatExists

            @Job(queue: "mail", retries: 3) func hello(name: String) { }
            enum Chores {
                struct Inner { @Job(name: "sweep", version: 2) static func clean(_ path: String, deep: Bool = false) async throws { } }
                #if os(Linux)
                @Nightjar.Job static func here(_ context: JobContext) { }
                #endif
            }
            @JobType(aliases: ["Shop.Old"]) struct Digest { var day: String, limit: Int? ; func run(_ context: JobContext) { } }
            struct Plain: Job { }
            """)
        let jobs = try look().manifest.jobs
        #expect(jobs.map(\.name) == ["Shop.Chores.here", "Shop.Digest", "Shop.hello", "sweep"])
        #expect(jobs[0].parameters.isEmpty)
        #expect(jobs[1].aliases == ["Shop.Old"])
        #expect(jobs[1].parameters.map(\.optional) == [false, true])
        #expect(jobs[2].options == ["queue": "\"mail\"", "retries": "3"])
        #expect(jobs[2].line == 3)
        #expect(jobs[3].version == 2)
        #expect(
            jobs[3].parameters == [
                .init(name: "path", type: "String", optional: false), .init(name: "deep", type: "Bool", optional: true),
            ])
    }

    @Test("what a structure says itself is in the manifest")
    func ownStatics() throws {
        try folder.write(
            "Sources/Shop/Jobs.swift",
            """
            @JobType struct A {
                static let name = "a", version = 2
                static var aliases: [String] { ["b"] }
            }
            @JobType struct C {
                var x = 1, y: Int?, z = -1
                enum CodingKeys: String, CodingKey { case x = "ex", y }
            }
            """)
        let jobs = try update().manifest.jobs
        #expect(jobs.map(\.name) == ["Shop.C", "a"])
        #expect(jobs.last?.version == 2)
        #expect(jobs.last?.aliases == ["b"])
        // The compiler's coding refuses a stored job without “ex”, whatever its default.
        #expect(
            jobs.first?.parameters == [
                .init(name: "ex", type: "Int", optional: false), .init(name: "y", type: "Int?", optional: true),
            ])
        try folder.write("Sources/Shop/Jobs.swift", "@JobType struct A { static let name = \"a2\", version = 2 }")
        let again = try look()
        #expect(again.isStale)
        #expect(again.changes.flatMap(\.dangers).contains { $0.contains("stored as “a”") })
    }

    @Test("functions of one name in two types or modules are two jobs")  // NUVOM-B15
    func sameName() throws {
        try folder.write("Sources/A/A.swift", "@Job func send() { }\nenum X { @Job static func send() { } }")
        try folder.write("Sources/B-side/B.swift", "@Job func send() { }")
        try folder.write("Sources/3.Größe/C.swift", "@Job func send() { }")
        #expect(try look().manifest.jobs.map(\.name) == ["A.X.send", "A.send", "B_side.send", "__Größe.send"])
    }

    @Test("of two jobs of which only one is built, one is listed and none is an error")
    func conditional() throws {
        try folder.write(
            "Sources/A/A.swift",
            """
            #if DEBUG
            @Job func send(to: String) { }
            #else
            @Job func send(to: String) { print(to) }
            #endif
            """)
        let findings = try update()
        #expect(findings.manifest.jobs.map(\.name) == ["A.send"])
        #expect(!findings.hasFailed)
        let again = try look()
        #expect(!again.isStale && again.changes.isEmpty)
    }

    @Test("ignored files, what is built and what is linked are not read")  // NUVOM-44, NUVOM-X13
    func ignores() throws {
        let job = "@Job func work() { }"
        try folder.write(".nightjarignore", "Old*/\n!.build/\n!Packages/\n")
        try folder.write("Sources/A/.nightjarignore", "*.gen.swift\n")
        for path in [
            "Sources/A/a.swift", "Sources/A/b.gen.swift", "Sources/OldA/c.swift", ".build/checkouts/D/d.swift",
            "Sources/E/.hidden/e.swift", "node_modules/F/f.swift", "Sources/G/G.docc/g.swift", "Packages/H/h.swift",
        ] {
            try folder.write(path, job)
        }
        try FileManager.default.createSymbolicLink(
            at: folder.url.appending(path: "Sources/A/loop"), withDestinationURL: folder.url)
        #expect(try look().manifest.jobs.map(\.file) == ["Sources/A/a.swift", "Packages/H/h.swift"])
    }

    @Test("with folders, only these are read again; what is known of others stays")  // NUVOM-44
    func folders() throws {
        try folder.write("Sources/A/a.swift", "@Job func one() { }")
        try folder.write("Sources/B/b.swift", "@Job func two() { }")
        try update()
        try folder.write("Sources/A/a.swift", "@Job func three() { }")
        try folder.write("Sources/B/b.swift", "")
        let findings = try look("./Sources/A/")
        #expect(findings.manifest.jobs.map(\.name) == ["A.three", "B.two"])
        #expect(findings.fileCount == 1)
        for elsewhere in ["Sources/C", "/tmp", "../", "Sources/../.."] {
            #expect(throws: ManifestError.self) { try look(elsewhere) }
        }
        try folder.write("Sources/A/a.swift", "@Job(name: \"B.two\") func one() { }")
        #expect(try look("Sources/A").conflicts.first?.contains("A/a.swift:1 and Sources/B/b.swift. ") == true)
    }

    @Test("a manifest that is a folder is an error in a sentence")
    func folderAsManifest() throws {
        try folder.write("Sources/A/a.swift", "@Job func one() { }")
        let discovery = Discovery(root: folder.url, output: folder.url.appending(path: "Sources"))
        let error = #expect(throws: ManifestError.self) { try discovery.look() }
        #expect(error?.description.contains("Sources cannot be read: it is a folder") == true)
        #expect(throws: ManifestError.self) { try discovery.write(Manifest([])) }
    }

    @Test("the manifest is the same bytes for the same jobs, and ends with what changed")  // NUVOM-45, NUVOM-46
    func stable() throws {
        try folder.write("Sources/A/b.swift", "@Job(queue: \"low\") func two(path: String) { }")
        try folder.write("Sources/A/a.swift", "@Job func one() { }")
        let first = try update()
        #expect(first.summary == ["added     A.one", "added     A.two"])
        let bytes = try folder.read(".nightjar/manifest.json")
        #expect(bytes.contains(#""file" : "Sources/A/a.swift""#))
        try folder.write("Sources/A/b.swift", "// A comment.\n\n@Job(\n    queue: \"low\") func two(path: String) { }")
        #expect(try !look().isStale)
        try update()
        #expect(try folder.read(".nightjar/manifest.json") == bytes)

        try folder.write(
            "Sources/A/a.swift", "@Job(queue: \"high\", aliases: [\"A.two\"]) func three(path: String, width: Int) { }")
        try folder.write("Sources/A/b.swift", "@Job func four() { }")
        let second = try look()
        #expect(second.isStale)
        #expect(
            second.summary == [
                "added     A.four", "removed   A.one", "renamed   A.two → A.three",
                "          Sources/A/b.swift → Sources/A/a.swift", "          queue \"low\" → \"high\"",
                "          parameter width: Int added",
            ])
    }

    @Test("a file that is not Swift is named, the rest is read, and its jobs are not called removed")
    func unreadable() throws {
        try folder.write("Sources/A/a.swift", "@Job func one() { }")
        try folder.write("Sources/A/b.swift", "@Job func two() { }")
        try update()
        try folder.write("Sources/A/a.swift", "@Job func one( {\n")
        try folder.write("Sources/A/c.swift", "@Job func three() { }")
        let findings = try look()
        #expect(findings.manifest.jobs.map(\.name) == ["A.one", "A.three", "A.two"])
        #expect(findings.notes.map(\.file) == ["Sources/A/a.swift"])
        #expect(findings.hasFailed)
        #expect(findings.warnings.first?.contains("Sources/A/a.swift:1: warning: This is not Swift") == true)
    }

    @Test("what cannot be a job is said with its place")
    func complaint() throws {
        try folder.write("Sources/A/a.swift", "\n@Job func one<T>(value: T) { }")
        let findings = try look()
        #expect(findings.manifest.jobs.isEmpty)
        #expect(findings.warnings.first?.hasPrefix("Sources/A/a.swift:2: warning: “one” is generic") == true)
    }

    @Test("two jobs of one name are an error that names both places")
    func conflict() throws {
        try folder.write("Sources/A/a.swift", "@Job(name: \"x\") func one() { }\n@Job(aliases: [\"x\"]) func two() { }")
        let findings = try look()
        #expect(findings.conflicts.first?.contains("“x”: Sources/A/a.swift:1 and Sources/A/a.swift:2") == true)
        #expect(findings.hasFailed)
    }

    @Test(
        "a manifest that is none is said and left alone",
        arguments: [
            ("<<<<<<< HEAD", "it is not JSON"), (#"{"format": 1}"#, "“jobs” is missing"),
            (#"{"format": 9, "jobs": []}"#, "has the format 9"), (#"{"format": 1, "jobs": 4}"#, "expected at jobs"),
        ])
    func broken(text: String, message: String) throws {
        try folder.write(".nightjar/manifest.json", text)
        try folder.write("Sources/A/a.swift", "@Job func one() { }")
        let error = #expect(throws: ManifestError.self) { try update() }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(try folder.read(".nightjar/manifest.json") == text)
    }

    @Test("a thousand files are read within seconds")  // NUVOM-47
    func fast() throws {
        let body = String(repeating: "func help(_ value: Int) -> Int { value + 1 }\n", count: 100)
        for index in 0..<1000 {
            let job = index % 10 == 0 ? "@Job func work\(index)(path: String) { }\n" : ""
            try folder.write("Sources/M\(index % 7)/f\(index).swift", job + body)
        }
        var findings: Discovery.Findings?
        let time = try ContinuousClock().measure { findings = try look() }
        #expect(findings?.manifest.jobs.count == 100)
        // Measured: 9 s in a debug build on two cores that five other builds were using; the limit leaves room for worse.
        #expect(time < .seconds(60))
        print("1000 files, 100 of them with jobs: \(time)")
    }
}
