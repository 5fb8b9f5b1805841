// What can be wrong with a template.

/// Why a page could not be made from a template.
public enum TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no template of this name.
    case unknown(name: String, known: [String])
    /// The template's text is not well-formed.
    case malformed(name: String, line: Int, column: Int, reason: String)
    /// The folder does not exist or cannot be read.
    case unreadable(folder: String)

    /// What is wrong and what to do about it, as a sentence.
    public var description: String {
        switch self {
        case .unknown(let name, let known):
            "There is no template \"\(name)\". Known: \(known.isEmpty ? "none" : known.joined(separator: ", "))."
        case .malformed(let name, let line, let column, let reason):
            "The template \"\(name)\" is malformed at line \(line), column \(column): \(reason)"
        case .unreadable(let folder):
            "The template folder \"\(folder)\" does not exist or cannot be read."
        }
    }
}
