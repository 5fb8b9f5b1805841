// One thing with many properties, as lines of name and value. Pure.

/// A sheet for people.
struct TextSheet: Sendable {
    private var lines: [(name: String, value: String)] = []

    /// Adds a line, unless there is nothing to say.
    mutating func add(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        lines.append((name, value))
    }

    /// The lines, values in one column where there is room for that.
    func text(width: Int?) -> String {
        let indent = (lines.map(\.name.count).max() ?? 0) + 2
        return lines.map { line in
            let value = Words.harmless(line.value)
            if let width, indent + value.count > width, indent > width / 3 { return "\(line.name)\n  \(value)" }
            return line.name + String(repeating: " ", count: indent - line.name.count) + value
        }.joined(separator: "\n")
    }
}
