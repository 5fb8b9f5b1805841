// "Did you mean …": the allowed word that is nearest to what was written, if one is near enough to be what was meant.
// Pure. Near enough is an abbreviation ("prod"), or at most one slip in three letters: "databse" is "database",
// "mysql" is nothing we know.

/// Finds the word somebody probably meant.
enum Suggestion {
    /// The nearest of `words` to `text`, or nil if none is near.
    static func nearest(to text: String, among words: [String]) -> String? {
        let text = text.lowercased()
        guard text.count > 1 else { return nil }
        if let whole = words.first(where: { $0.lowercased().hasPrefix(text) }) { return whole }
        let ranked = words.map { (word: $0, slips: distance(Array(text), Array($0.lowercased()))) }
        guard let best = ranked.min(by: { $0.slips < $1.slips }) else { return nil }
        return best.slips <= max(1, best.word.count / 3) ? best.word : nil
    }

    /// How many letters have to be added, dropped, changed or swapped with their neighbour (optimal string alignment).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard !left.isEmpty else { return right.count }
        guard !right.isEmpty else { return left.count }
        var before = [Int]()
        var previous = Array(0...right.count)
        for i in 1...left.count {
            var current = [i]
            for j in 1...right.count {
                var best = min(
                    previous[j] + 1,
                    current[j - 1] + 1,
                    previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                )
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    best = min(best, before[j - 2] + 1)
                }
                current.append(best)
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
