import Foundation
import Testing

/// What the documentation shows is what compiles: each Swift block of the README, of the articles and of the comments on
/// declarations stands, line by line, in one of the files in Examples, which are compiled with these tests.
///
/// How a line is indented does not count. A line that ends in `// not shown` is what a block needs around it to compile.
struct ExampleTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let rooms = ["Nightjar", "NightjarJobs", "NightjarMail", "NightjarSQLite", "NightjarTesting"]
    /// What a block of a Package.swift begins with; it is no program.
    private static let manifest = "dependencies: ["
    /// Files whose example calls what an application does not offer yet.
    private static let ahead = ["Schedule.swift"]

    /// A block of code and where it stands.
    private struct Block {
        var place: String
        var lines: [String]
    }

    @Test("every Swift block in the documentation is compiled here")
    func compiled() throws {
        let examples = try Self.examples()
        let blocks = try Self.blocks()
        #expect(blocks.count > 40, "blocks are found at all")
        for block in blocks where block.lines.first?.hasPrefix(Self.manifest) != true {
            let isCompiled = examples.contains { $0.firstRange(of: block.lines) != nil }
            #expect(
                isCompiled, "\(block.place) shows what no file in Tests/NightjarTests/Documentation/Examples compiles")
        }
    }

    private static func examples() throws -> [[String]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Examples")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).map { file in
            significant(try text(file).filter { !$0.hasSuffix("// not shown") })
        }
    }

    private static func blocks() throws -> [Block] {
        var files = [root.appendingPathComponent("README.md")]
        for room in rooms {
            let folder = root.appendingPathComponent("Sources/\(room)")
            let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            files += paths.sorted().filter { $0.hasSuffix(".md") || $0.hasSuffix(".swift") }
                .map { folder.appendingPathComponent($0) }.filter { !ahead.contains($0.lastPathComponent) }
        }
        return try files.flatMap { file in
            let lines = try text(file)
            return blocks(of: file.pathExtension == "md" ? lines : lines.map(comment), in: file.lastPathComponent)
        }
    }

    private static func blocks(of lines: [String], in file: String) -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for (index, line) in lines.enumerated() {
            let words = line.trimmingCharacters(in: .whitespaces)
            if var block = open {
                if words == "```" {
                    block.lines = significant(block.lines)
                    blocks.append(block)
                    open = nil
                } else {
                    open?.lines.append(line)
                }
            } else if words == "```swift" {
                open = Block(place: "\(file):\(index + 1)", lines: [])
            }
        }
        return blocks
    }

    private static func text(_ file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
    }

    /// The words of a documentation comment; nothing of any other line.
    private static func comment(_ line: String) -> String {
        let line = line.trimmingCharacters(in: .whitespaces)
        return line.hasPrefix("///") ? String(line.dropFirst(3)) : ""
    }

    private static func significant(_ lines: [String]) -> [String] {
        lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
