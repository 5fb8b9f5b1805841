// A table as text, for whatever width there is. Pure.
//
//     wide enough      every column as wide as its longest cell
//     narrower         flexible columns give way, down to their minimum; what is cut ends in "…"
//     narrower still   columns that can be spared are left out, the last first
//     very narrow      one block of lines for each row instead
//
// A width of nil is a pipe or a file: nothing is cut.

/// A table for people.
struct TextTable: Sendable {
    struct Column: Sendable {
        var title: String
        var isNumber = false
        /// It may be cut.
        var isFlexible = false
        /// It may be left out.
        var isSpare = false
    }

    var columns: [Column]
    var rows: [[String]]

    private static let minimum = 8
    private static let gap = "  "

    init(_ columns: [Column], rows: [[String]]) {
        self.columns = columns
        self.rows = rows.map { row in row.map(Words.harmless) }
    }

    /// The table's lines.
    func text(width: Int?) -> String {
        var shown = Array(columns.indices)
        guard let width else { return lines(shown, natural(shown)) }
        while true {
            let widths = natural(shown)
            if let fitting = fit(shown, widths, into: width) { return lines(shown, fitting) }
            guard let spare = shown.last(where: { columns[$0].isSpare }) else { return blocks() }
            shown.removeAll { $0 == spare }
        }
    }

    /// How wide columns want to be.
    private func natural(_ shown: [Int]) -> [Int] {
        shown.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
    }

    /// Widths that fit, the widest flexible columns giving way first; nil if there are none.
    private func fit(_ shown: [Int], _ widths: [Int], into width: Int) -> [Int]? {
        var widths = widths
        var excess = widths.reduce(0, +) + Self.gap.count * (shown.count - 1) - width
        while excess > 0 {
            let candidates = widths.indices.filter { index in
                columns[shown[index]].isFlexible
                    && widths[index] > max(Self.minimum, columns[shown[index]].title.count)
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return nil }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func lines(_ shown: [Int], _ widths: [Int]) -> String {
        let head = zip(shown, widths).map { pad(columns[$0].title, $1, columns[$0]) }
        let body = rows.map { row in zip(shown, widths).map { pad(row[$0], $1, columns[$0]) } }
        return ([head] + body).map { cells in
            var line = cells.joined(separator: Self.gap)
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    private func blocks() -> String {
        rows.map { row in
            zip(columns, row).filter { !$1.isEmpty }.map { "\($0.title): \($1)" }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    private func pad(_ text: String, _ width: Int, _ column: Column) -> String {
        let cut = text.count > width ? text.prefix(width - 1) + "…" : text[...]
        let space = String(repeating: " ", count: width - cut.count)
        return column.isNumber ? space + cut : cut + space
    }
}

extension TextTable.Column {
    static func text(_ title: String) -> Self { Self(title: title) }
    static func number(_ title: String) -> Self { Self(title: title, isNumber: true) }
    static func flexible(_ title: String) -> Self { Self(title: title, isFlexible: true) }

    /// The same, left out where there is no room for it.
    var spare: Self {
        var column = self
        column.isSpare = true
        return column
    }
}
