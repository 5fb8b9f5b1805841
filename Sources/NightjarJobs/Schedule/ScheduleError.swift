// What is wrong with a schedule, said so that it can be mended without opening a manual.
//
// A schedule is written in code or in a settings file and read once, at start. So every mistake is found there, before
// the first job runs, and where it sits in a text the error shows the text with a caret under the character:
//
//     The hour 25 is out of range; hours go from 0 to 23.
//         */5 8-25 * * *
//               ^ column 7

/// A schedule that cannot be, with the sentence that says why.
public struct ScheduleError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what to write instead, as one sentence or two.
    public let reason: String

    /// The text that was read, if the mistake is in a text.
    public let source: String?

    /// Where in `source` the mistake is: the character's number, counted from 1.
    public let column: Int?

    init(_ reason: String) {
        self.reason = reason
        self.source = nil
        self.column = nil
    }

    /// - Parameter index: The character the caret points at, counted from 0; one past the last if something is missing.
    init(_ reason: String, in source: String, at index: Int) {
        self.reason = reason
        self.source = source
        self.column = index + 1
    }

    /// The sentence and, if the mistake is in a text, that text with a caret under the character.
    public var description: String {
        guard let source, let column else { return reason }
        let shown = String(source.map { $0.isWhitespace || $0.isControl ? " " : $0 })
        return "\(reason)\n    \(shown)\n    \(String(repeating: " ", count: column - 1))^ column \(column)"
    }
}

extension Character {
    fileprivate var isControl: Bool {
        unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
    }
}
