import Foundation

/// A block of code that the documentation shows, and where.
struct DocumentedCode {
    var place: String
    var lines: [String]

    /// The Swift blocks of a page, or of the comments on declarations in a file of code.
    static func blocks(of text: String, in file: String) -> [DocumentedCode] {
        guard text.contains("```swift") else { return [] }
        let isCode = file.hasSuffix(".swift")
        var blocks: [DocumentedCode] = []
        var open: DocumentedCode?
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            let words = (isCode ? comment(line) : line).trimmingCharacters(in: .whitespaces)
            if var block = open {
                if words == "```" {
                    block.lines = significant(block.lines)
                    blocks.append(block)
                    open = nil
                } else {
                    open?.lines.append(words)
                }
            } else if words == "```swift" {
                open = DocumentedCode(place: "\(file):\(index + 1)", lines: [])
            }
        }
        return blocks
    }

    /// What counts of lines of code.
    static func significant(_ lines: [String]) -> [String] {
        lines.map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("//") && !$0.hasSuffix("// not shown") }
    }

    /// Whether the block's lines follow each other somewhere in some code.
    func stands(in code: [String]) -> Bool {
        code.indices.contains { Self.begins(code[$0...], with: lines[...]) }
    }

    private static func begins(_ code: ArraySlice<String>, with lines: ArraySlice<String>) -> Bool {
        guard let line = lines.first else { return true }
        if line == "…" {
            return (code.startIndex...code.endIndex).contains { begins(code[$0...], with: lines.dropFirst()) }
        }
        guard let first = code.first, fits(first, line) else { return false }
        return begins(code.dropFirst(), with: lines.dropFirst())
    }

    private static func fits(_ line: String, _ pattern: String) -> Bool {
        if line == pattern { return true }
        let pieces = pattern.components(separatedBy: "…")
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last, line.hasPrefix(first) else {
            return false
        }
        var rest = line.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(last)
    }

    /// The words of a documentation comment; nothing of any other line.
    private static func comment(_ line: String) -> String {
        let line = line.drop { $0 == " " }
        return line.hasPrefix("///") ? String(line.dropFirst(3)) : ""
    }
}
