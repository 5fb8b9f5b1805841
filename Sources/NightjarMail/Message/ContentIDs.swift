// Which parts an html text asks for with `cid:`.
//
// Looked for where a browser would look: in the attributes of tags and in style sheets, not in running text.

import Foundation

enum ContentIDs {
    /// The ids after `cid:`, in the order they first appear.
    static func referenced(in html: String) -> [String] {
        let bytes = Array(html.utf8)
        var found: [String] = []
        var inTag = false
        var inStyle = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "<") {
                inTag = true
                if matches(bytes, index, "<style") { inStyle = true }
                if matches(bytes, index, "</style") { inStyle = false }
            } else if byte == UInt8(ascii: ">") {
                inTag = false
            } else if inTag || inStyle, index > 0, "\"'(= \n\t".utf8.contains(bytes[index - 1]),
                matches(bytes, index, "cid:")
            {
                let rest = bytes[(index + 4)...].prefix { !"\"'()<> \r\n\t".utf8.contains($0) }
                let raw = String(decoding: rest, as: UTF8.self)
                let id = raw.removingPercentEncoding ?? raw
                if !id.isEmpty, !found.contains(id) { found.append(id) }
                index += 4
                continue
            }
            index += 1
        }
        return found
    }

    /// Throws when the html asks for a part that is not there, or a part is there that nothing asks for.
    static func check(html: String?, inline: [MailInline]) throws {
        let wanted = html.map(referenced) ?? []
        let given = inline.map(\.id)
        if let twice = given.first(where: { id in given.count(where: { $0 == id }) > 1 }) {
            throw MailError(.content, "Two inline parts have the id \(quoted(twice)); each needs its own.")
        }
        if let missing = wanted.first(where: { !given.contains($0) }) {
            throw MailError(.content, "The html shows cid:\(missing), but no inline part has that id.")
        }
        if let unused = given.first(where: { !wanted.contains($0) }) {
            throw MailError(
                .content,
                "The inline part \(quoted(unused)) is shown nowhere in the html: refer to it as cid:\(unused), "
                    + "or make it an attachment."
            )
        }
    }

    private static func matches(_ bytes: [UInt8], _ index: Int, _ text: StaticString) -> Bool {
        guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { wanted in
            wanted.indices.allSatisfy { (bytes[index + $0] | 0x20) == (wanted[$0] | 0x20) }
        }
    }
}
