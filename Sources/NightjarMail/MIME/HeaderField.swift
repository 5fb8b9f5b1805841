// One header as its finished lines, folded at 76 characters.
//
// 76 and not 78, because a line that holds an encoded word may not be longer (RFC 2047 §2), and one limit is simpler
// than two. A line is broken only before a space that is already there, or between encoded words, so unfolding gives
// the value back unchanged.

enum HeaderField {
    static let limit = 76

    /// The longest name a value of encoded words can follow on its line: the shortest word, of one scalar, takes 28.
    static let longestEncodedName = limit - 2 - 28

    /// A value that is known to be short and ASCII.
    static func plain(_ name: String, _ value: String) -> String {
        "\(name): \(value)\r\n"
    }

    /// Words of any script: as they are where that is safe, else as encoded words.
    ///
    /// - Parameter longest: How long a word may be before it is encoded for the sake of short lines. Text for people
    ///   only; what a program reads, such as the address in `List-Unsubscribe`, has to stay as it is.
    static func text(_ name: String, _ value: String, longest: Int = .max) -> String {
        let chunks = chunks(of: value)
        guard mustEncode(value) || chunks.contains(where: { $0.utf8.count > longest }) else {
            return folded(name, chunks)
        }
        let words = EncodedWords.encode(value, first: limit - name.utf8.count - 2)
        return folded(name, words.enumerated().map { $0.offset == 0 ? $0.element : " " + $0.element })
    }

    /// Mailboxes, separated by commas.
    static func addresses(_ name: String, _ mailboxes: [MailAddress]) -> String {
        var pieces: [String] = []
        for (index, mailbox) in mailboxes.enumerated() {
            var words = mailbox.name.map(phrase) ?? []
            words.append(mailbox.name == nil ? mailbox.address : "<\(mailbox.address)>")
            words[words.count - 1] += index + 1 < mailboxes.count ? "," : ""
            for word in words { pieces.append(pieces.isEmpty ? word : " " + word) }
        }
        return folded(name, pieces)
    }

    /// A value with parameters, each of them `name=value` already written out.
    static func parameters(_ name: String, _ value: String, _ parameters: [String]) -> String {
        var pieces = [value] + parameters.map { " " + $0 }
        for index in pieces.indices.dropLast() { pieces[index] += ";" }
        return folded(name, pieces)
    }

    /// Whether a value would be read differently from how it is written.
    static func mustEncode(_ value: String) -> Bool {
        value.utf8.contains { $0 >= 0x80 } || value.contains("=?") || value.first == " " || value.last == " "
    }

    /// A display name as pieces that a space may join: atoms, one quoted string, or encoded words.
    private static func phrase(_ name: String) -> [String] {
        let atoms = name.split(separator: " ", omittingEmptySubsequences: false)
        let isAtoms = atoms.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(AddressSyntax.isAtom) }
        let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let written = isAtoms ? name : "\"\(escaped)\""
        // Sixty, so that the longest header name in front of an encoded word keeps the line within its limit.
        guard name.utf8.allSatisfy({ $0 < 0x80 }), written.utf8.count <= 60, !name.contains("=?") else {
            return EncodedWords.encode(name, first: 60, following: 60)
        }
        return [written]
    }

    /// Splits before each run of spaces: `a  b c` becomes `a`, `  b`, ` c`.
    static func chunks(of value: String) -> [String] {
        var chunks: [String] = []
        var chunk = ""
        for character in value {
            if character == " ", !chunk.isEmpty, chunk.last != " " {
                chunks.append(chunk)
                chunk = ""
            }
            chunk.append(character)
        }
        return chunks + [chunk]
    }

    private static func folded(_ name: String, _ chunks: [String]) -> String {
        var result = "\(name): "
        var column = result.utf8.count
        for (index, chunk) in chunks.enumerated() {
            let length = chunk.utf8.count
            if index > 0, column + length > limit {
                result += "\r\n"
                column = 0
            }
            result += chunk
            column += length
        }
        return result + "\r\n"
    }
}
