// "Did you mean": the known word that is the fewest typing mistakes away.

enum Spelling {
    /// The candidate nearest to `word`, if it is near enough to be what was meant.
    static func closest(to word: String, in candidates: [String]) -> String? {
        let typed = Array(word.lowercased())
        let nearest = candidates.map { (word: $0, mistakes: distance(typed, Array($0.lowercased()))) }
            .min { $0.mistakes < $1.mistakes }
        guard let nearest, nearest.mistakes <= max(1, typed.count / 4) else { return nil }
        return nearest.word
    }

    /// How many letters must be inserted, removed or replaced to make one of the other (Levenshtein).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
