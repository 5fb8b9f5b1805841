// A media type, read strictly: type "/" subtype *( ";" name "=" value ), all of it ASCII.

struct MediaType: CustomStringConvertible {
    var type: String
    var subtype: String
    var parameters: [(name: String, value: String)] = []

    /// Nil when the text is not a media type.
    init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingSpaces() }
        let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, names.allSatisfy(Self.isToken) else { return nil }
        self.type = names[0].lowercased()
        self.subtype = names[1].lowercased()
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, Self.isToken(pair[0]) else { return nil }
            var value = pair[1]
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            let isPlain = value.utf8.allSatisfy { (32...126).contains($0) && !"\"\\".utf8.contains($0) }
            guard !value.isEmpty, value.utf8.count <= 60, isPlain else { return nil }
            parameters.append((pair[0].lowercased(), String(value)))
        }
    }

    var description: String {
        parameters.reduce("\(type)/\(subtype)") { "\($0); \($1.name)=\"\($1.value)\"" }
    }

    private static func isToken(_ text: Substring) -> Bool {
        (1...60).contains(text.utf8.count)
            && text.utf8.allSatisfy { AddressSyntax.isLetterOrDigit($0) || "!#$&-^_.+".utf8.contains($0) }
    }
}
