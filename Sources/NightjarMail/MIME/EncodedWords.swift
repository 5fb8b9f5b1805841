// RFC 2047: words of any script in a header, as `=?utf-8?q?…?=` or `=?utf-8?b?…?=`.
//
// Each word has at most 75 characters and holds whole scalars, so it can be decoded alone. Whitespace between two words
// is not part of the value, so a line may be broken there. Of q and b the one that is shorter for the whole text is
// taken.

enum EncodedWords {
    static let longest = 75
    private static let frame = "=?utf-8?q?".utf8.count + "?=".utf8.count

    /// The words of a text.
    ///
    /// - Parameters:
    ///   - first: The room for the first word, in characters with its frame.
    ///   - following: The room for each further word.
    static func encode(_ text: String, first: Int, following: Int = longest) -> [String] {
        let usesQ = text.utf8.reduce(0) { $0 + (isPlain($1) ? 1 : 3) } <= (text.utf8.count + 2) / 3 * 4
        var words: [String] = []
        var word: [UInt8] = []
        var room = min(first, longest) - frame
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if !word.isEmpty, length(word + bytes, usesQ) > room {
                words.append(framed(word, usesQ))
                word = []
                room = following - frame
            }
            word += bytes
        }
        return words + [framed(word, usesQ)]
    }

    private static func framed(_ bytes: [UInt8], _ usesQ: Bool) -> String {
        guard usesQ else { return "=?utf-8?b?\(Base64Lines.string(bytes))?=" }
        let payload = bytes.map { byte in
            byte == UInt8(ascii: " ") ? "_" : isPlain(byte) ? String(UnicodeScalar(byte)) : Hex.escape("=", byte)
        }
        return "=?utf-8?q?\(payload.joined())?="
    }

    private static func length(_ bytes: [UInt8], _ usesQ: Bool) -> Int {
        usesQ ? bytes.reduce(0) { $0 + (isPlain($1) ? 1 : 3) } : (bytes.count + 2) / 3 * 4
    }

    /// What q may write as it is inside a phrase (RFC 2047 §5), which is the strictest place.
    private static func isPlain(_ byte: UInt8) -> Bool {
        AddressSyntax.isLetterOrDigit(byte) || " !*+-/".utf8.contains(byte)
    }
}

enum Hex {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func pair(_ byte: UInt8) -> (UInt8, UInt8) {
        (digits[Int(byte >> 4)], digits[Int(byte & 15)])
    }

    static func escape(_ mark: Character, _ byte: UInt8) -> String {
        let (high, low) = pair(byte)
        return "\(mark)\(UnicodeScalar(high))\(UnicodeScalar(low))"
    }
}
