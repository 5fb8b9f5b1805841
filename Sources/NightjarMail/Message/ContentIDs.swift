// Which parts an html text asks for with `cid:`.
//
// Looked for where a browser would look: in the attributes of tags and in style sheets, not in running text. A tag ends
// at the first “>” outside of quotes, so that `alt="a > b"` does not hide what follows it.

import Foundation

enum ContentIDs {
    /// The ids after `cid:`, in the order they first appear.
    static func referenced(in html: String) -> [String] {
        var ids: [String] = []
        for reference in references(in: Array(html.utf8)) where !ids.contains(reference.id) { ids.append(reference.id) }
        return ids
    }

    /// The html with each `cid:…` replaced by what `content` makes of its id; those it makes nothing of stay.
    static func replacing(in html: String, with content: (String) -> String?) -> String {
        let bytes = Array(html.utf8)
        var result: [UInt8] = []
        var end = 0
        for reference in references(in: bytes) {
            guard let text = content(reference.id) else { continue }
            result += bytes[end..<reference.range.lowerBound]
            result += text.utf8
            end = reference.range.upperBound
        }
        return String(decoding: result + bytes[end...], as: UTF8.self)
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

    /// One `cid:` and what belongs to it.
    private struct Reference {
        var range: Range<Int>
        var id: String
    }

    private static func references(in bytes: [UInt8]) -> [Reference] {
        var found: [Reference] = []
        var place = Place()
        var index = 0
        while index < bytes.count {
            if place.mayRefer, index > 0, "\"'(=, \n\t".utf8.contains(bytes[index - 1]), matches(bytes, index, "cid:") {
                let rest = bytes[(index + 4)...].prefix { !"\"'()<>, \r\n\t".utf8.contains($0) }
                let raw = String(decoding: rest, as: UTF8.self)
                let id = raw.removingPercentEncoding ?? raw
                if !id.isEmpty { found.append(Reference(range: index..<rest.endIndex, id: id)) }
                index = rest.endIndex
                continue
            }
            place.pass(bytes, index)
            index += 1
        }
        return found
    }

    /// Where in a page a reader is.
    private struct Place {
        private var isInTag = false
        private var isInStyle = false
        private var quote: UInt8?
        /// The last byte that was no space: a value's quote follows a “=”.
        private var last: UInt8 = 0

        var mayRefer: Bool { isInTag || isInStyle }

        mutating func pass(_ bytes: [UInt8], _ index: Int) {
            let byte = bytes[index]
            defer { if !" \r\n\t".utf8.contains(byte) { last = byte } }
            if let open = quote {
                if byte == open { quote = nil }
                return
            }
            switch byte {
            case UInt8(ascii: "<") where Self.opensTag(bytes, index):
                isInTag = true
                if matches(bytes, index, "<style") { isInStyle = true }
                if matches(bytes, index, "</style") { isInStyle = false }
            case UInt8(ascii: ">"): isInTag = false
            case UInt8(ascii: "\""), UInt8(ascii: "'"): if isInTag, last == UInt8(ascii: "=") { quote = byte }
            default: break
            }
        }

        private static func opensTag(_ bytes: [UInt8], _ index: Int) -> Bool {
            guard index + 1 < bytes.count else { return false }
            let next = bytes[index + 1]
            return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(next | 0x20) || "/!?".utf8.contains(next)
        }
    }

    private static func matches(_ bytes: [UInt8], _ index: Int, _ text: StaticString) -> Bool {
        guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { wanted in
            wanted.indices.allSatisfy { (bytes[index + $0] | 0x20) == (wanted[$0] | 0x20) }
        }
    }
}
