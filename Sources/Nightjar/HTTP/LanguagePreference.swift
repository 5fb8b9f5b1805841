// `Accept-Language` (RFC 9110 §12.5.4): the languages a visitor wants, best first. Pure, and deaf to nonsense: a part
// that does not look like a language tag is skipped.

/// Reads and matches language preferences.
enum LanguagePreference {
    /// The tags of an `Accept-Language` header, by weight and then in order. `*` and refused languages are left out.
    static func tags(_ header: String?) -> [String] {
        guard let header else { return [] }
        var weighted: [(tag: String, weight: Double, index: Int)] = []
        // Nobody speaks more than 32 languages; a header that claims so is not worth the time.
        for (index, part) in header.split(separator: ",").prefix(32).enumerated() {
            let pieces = part.split(separator: ";")
            guard let tag = pieces.first?.filter({ $0 != " " && $0 != "\t" }), isTag(tag) else { continue }
            var weight = 1.0
            for piece in pieces.dropFirst() {
                let text = piece.filter { $0 != " " && $0 != "\t" }
                if text.hasPrefix("q="), let value = Double(text.dropFirst(2)) { weight = min(1, value) }
            }
            if weight > 0 { weighted.append((tag, weight, index)) }
        }
        guard weighted.count > 1 else { return weighted.map(\.tag) }
        return weighted.sorted { ($1.weight, $0.index) < ($0.weight, $1.index) }.map(\.tag)
    }

    /// The available language that suits best: an exact match first, then the same language in another region, in the
    /// visitor's order; else the first available.
    static func best(of available: [String], for wanted: [String]) -> String? {
        for tag in wanted {
            let lowercased = tag.lowercased()
            if let exact = available.first(where: { $0.lowercased() == lowercased }) { return exact }
            let language = language(of: lowercased)
            if let plain = available.first(where: { $0.lowercased()[...] == language }) { return plain }
            if let related = available.first(where: { Self.language(of: $0.lowercased()) == language }) {
                return related
            }
        }
        return available.first
    }

    private static func language(of tag: String) -> Substring { tag.prefix { $0 != "-" } }

    private static func isTag(_ text: String) -> Bool {
        (2...35).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
