import Foundation
import Testing

/// What a newcomer looks for first is there.
struct ReadmeTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("the README opens with the two commands")
    func commands() throws {
        let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let block = try #require(readme.components(separatedBy: "```sh\n").dropFirst().first)
        #expect(block.hasPrefix("scripts/run"))
        for script in ["scripts/run", "scripts/test"] {
            #expect(FileManager.default.isExecutableFile(atPath: Self.root.appendingPathComponent(script).path))
        }
    }

    private static func choices() throws -> [String] {
        let page = root.appendingPathComponent("Sources/Nightjar/Nightjar.docc/ChoosingHowWorkRuns.md")
        return try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n")
    }

    // NORI-23
    @Test("there is a table of what to use when, and no cell of it is empty")
    func table() throws {
        let rows = try Self.choices().filter { $0.hasPrefix("|") }.map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let ways = try #require(rows.first).dropFirst()
        for (way, word) in zip(ways, ["after { }", "background { }", "in memory", "durable"]) {
            #expect(way.contains(word))
        }
        for aspect in ["survives", "retries", "worker process", "one worker per job", "best for"] {
            let row = try #require(rows.first { $0.first?.contains(aspect) ?? false }, "\(aspect)")
            #expect(row.count == ways.count + 1 && row.allSatisfy { !$0.isEmpty })
        }
    }

    // ASOK-40
    @Test("it is said when not to use the background: for what is read, checked or shown at once")
    func guidance() throws {
        let lines = try Self.choices()
        let start = try #require(lines.firstIndex(of: "## When not to use the background"))
        let reasons = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("- ") }
        for word in ["response needs", "checking what was sent", "at once"] {
            #expect(reasons.contains { $0.contains(word) }, "\(word)")
        }
    }
}
