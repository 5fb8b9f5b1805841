import Foundation
import Testing

/// What the documentation shows is what compiles: each Swift block of the README, of the articles and of the comments on
/// declarations stands, line by line, in a file that is compiled: one of those in Examples, or of the sample app.
///
/// How a line is indented does not count, and neither do lines that are comments. A line that ends in `// not shown` is
/// what a block needs around it to compile. An ellipsis stands for anything in its line, or, alone, for any lines.
struct ExampleTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let rooms = ["Nightjar", "NightjarJobs", "NightjarMail", "NightjarSQLite", "NightjarTesting"]
    private static let compiled = [
        "SampleApp", "Tests/NightjarTests/Documentation/Examples", "Tests/NightjarTests/Plugins/FileBackendTests.swift",
    ]
    /// What a block of a Package.swift begins with; it is no program.
    private static let manifest = "dependencies: ["

    @Test("every Swift block in the documentation is compiled here")
    func everyBlock() throws {
        let examples = try Self.files(in: Self.compiled, [".swift"]).map { file in
            try DocumentedCode.significant(Self.text(file).components(separatedBy: "\n"))
        }
        let blocks = try Self.files(in: ["README.md"] + Self.rooms.map { "Sources/\($0)" }, [".md", ".swift"])
            .flatMap { try DocumentedCode.blocks(of: Self.text($0), in: $0.lastPathComponent) }
        #expect(blocks.count > 60, "blocks are found at all")
        for block in blocks where block.lines.first?.hasPrefix(Self.manifest) != true {
            let isCompiled = examples.contains { block.stands(in: $0) }
            #expect(
                isCompiled, "\(block.place) shows what no file in Tests/NightjarTests/Documentation/Examples compiles")
        }
    }

    @Test(
        "a block is found if it stands there, and only then",
        arguments: [
            (["let a = 1"], true), (["let a = 1", "let b = 2"], true), (["let b = 2", "let a = 1"], false),
            (["let a = …"], true), (["let … = 2", "}"], true), (["let a … 2"], false),
            (["func f() {", "…", "}"], true), (["func f() {", "…", "let c = 3"], false), (["let a = 10"], false),
        ])
    func matching(lines: [String], isThere: Bool) {
        let code = DocumentedCode.significant(
            ["func f() {", "    let a = 1", "    // why", "    print(a) // not shown", "    let b = 2", "}"])
        #expect(DocumentedCode(place: "here", lines: lines).stands(in: code) == isThere)
    }

    private static func files(in paths: [String], _ endings: [String]) throws -> [URL] {
        try paths.flatMap { path -> [URL] in
            let place = root.appendingPathComponent(path)
            if endings.contains(where: path.hasSuffix) { return [place] }
            return try FileManager.default.subpathsOfDirectory(atPath: place.path).sorted()
                .filter { file in endings.contains { file.hasSuffix($0) } }.map { place.appendingPathComponent($0) }
        }
    }

    private static func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }
}
