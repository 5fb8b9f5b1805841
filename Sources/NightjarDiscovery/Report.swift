// What is told about a search: places first, as a compiler tells them, then the changes, then what they would break.

extension Discovery.Findings {
    /// What is wrong or dangerous, for the error stream.
    package var warnings: [String] {
        notes.map { "\($0.file):\($0.line): warning: \($0.text)" }
            + conflicts.map { "error: \($0)" }
            + changes.flatMap { change in change.dangers.map { "warning: \(change.name): \($0)" } }
    }

    /// What changed, one line for each job and one for each difference.
    package var summary: [String] {
        changes.flatMap { change in
            let heading =
                switch change.kind {
                case .added: "added     \(change.name)"
                case .removed: "removed   \(change.name)"
                case .renamed(let old): "renamed   \(old) → \(change.name)"
                case .modified: "modified  \(change.name)"
                }
            return [heading] + change.details.map { "          \($0)" }
        }
    }
}
