// Which files are looked at: the rules of gitignore, read from `.nightjarignore`.
//
// The last rule that matches decides, and files deeper down come last. What is inside a folder that is ignored is never
// looked at, so no later rule can bring it back: that is the walk's doing, not decided here.

/// The rules that hold at one place in the tree.
package struct IgnoreRules: Sendable {
    private struct Rule: Sendable {
        var pattern: GlobPattern
        var ignores: Bool
        var isForFolders: Bool
        /// The folder of the file that has the rule, with a slash at its end, or empty.
        var base: [UInt8]
    }

    private var rules: [Rule] = []

    /// What holds before any file is read: places where sources are not the package's own.
    package static let standard = IgnoreRules(
        """
        .*/
        node_modules/
        *.docc/
        /Packages/
        """, in: "")

    /// Rules from an ignore file.
    /// - Parameters:
    ///   - text: What the file says.
    ///   - folder: The folder it is in, from the root, or "".
    package init(_ text: String, in folder: String) { add(text, in: folder) }

    /// Adds the rules of a file further down.
    package mutating func add(_ text: String, in folder: String) {
        let base = folder.isEmpty ? [] : Array(folder.utf8) + [UInt8(ascii: "/")]
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) { add(line: Array(line), base) }
    }

    private mutating func add(line: [UInt8], _ base: [UInt8]) {
        var line = line[...]
        // A byte order mark and the end of a Windows line belong to the editor, not to the pattern.
        if line.starts(with: [0xef, 0xbb, 0xbf]) { line = line.dropFirst(3) }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.first != UInt8(ascii: "#") else { return }
        line = Self.withoutSpacesAtEnd(line)
        var ignores = true
        if line.first == UInt8(ascii: "!") {
            ignores = false
            line.removeFirst()
        }
        var isForFolders = false
        if line.last == UInt8(ascii: "/") {
            isForFolders = true
            line.removeLast()
        }
        guard let pattern = GlobPattern(line) else { return }
        rules.append(Rule(pattern: pattern, ignores: ignores, isForFolders: isForFolders, base: base))
    }

    /// Whether something is ignored.
    /// - Parameters:
    ///   - path: Its path from the root, without a slash at the beginning.
    ///   - isFolder: Whether it is a folder.
    package func ignores(_ path: String, isFolder: Bool) -> Bool {
        let bytes = Array(path.utf8)
        let name = bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
        let last = rules.last { rule in
            guard isFolder || !rule.isForFolders, bytes.starts(with: rule.base) else { return false }
            return rule.pattern.matches(rule.pattern.isAnchored ? bytes[rule.base.count...] : name)
        }
        return last?.ignores ?? false
    }

    /// Spaces at the end mean nothing unless a backslash stands before them.
    private static func withoutSpacesAtEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = line.startIndex
        var index = line.startIndex
        while index < line.endIndex {
            if line[index] == UInt8(ascii: "\\") { index += 1 }
            if index < line.endIndex {
                let isSpace = line[index] == UInt8(ascii: " ")
                let isEscaped = index > line.startIndex && line[index - 1] == UInt8(ascii: "\\")
                index += 1
                if !isSpace || isEscaped { end = index }
            } else {
                end = line.endIndex
            }
        }
        return line[..<end]
    }
}
