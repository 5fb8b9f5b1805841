import Foundation
import Testing

/// What the documentation shows is what compiles.
struct ReadmeTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("the README's example is the one that is compiled here")
    func example() throws {
        let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let block = try #require(readme.components(separatedBy: "```swift\n").dropFirst().first)
        let shown = try #require(block.components(separatedBy: "```").first)
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "ReadmeExample.swift")
        let compiled = try String(contentsOf: file, encoding: .utf8)
        let code = try #require(compiled.components(separatedBy: "// EXAMPLE\n").last)
            .replacingOccurrences(of: "func readmeExample() async throws {\n", with: "")
            .replacingOccurrences(of: "try await app.run()\n}", with: "try await app.run()")
        #expect(code == shown)
    }

    @Test("the README opens with the two commands")
    func commands() throws {
        let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let block = try #require(readme.components(separatedBy: "```sh\n").dropFirst().first)
        #expect(block.hasPrefix("scripts/run"))
        for script in ["scripts/run", "scripts/test"] {
            #expect(FileManager.default.isExecutableFile(atPath: Self.root.appendingPathComponent(script).path))
        }
    }
}
