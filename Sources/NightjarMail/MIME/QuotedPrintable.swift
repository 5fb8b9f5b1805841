// RFC 2045 §6.7, for text whose lines end in CRLF.
//
// Lines have at most 76 characters. Spaces and tabs at the end of a line are written out, since hops may strip them.
// A dot and the word “From ” at the beginning of a line are written out too: the first is SMTP's end mark, the second
// a mailbox file's. A soft break never splits an UTF-8 sequence, so that every line can be read by itself.

enum QuotedPrintable {
    private static let limit = 76

    static func encode(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + text.count / 8)
        var column = 0
        var index = 0
        while index < text.count {
            if text[index] == 13, index + 1 < text.count, text[index + 1] == 10 {
                result.append(13)
                result.append(10)
                column = 0
                index += 2
                continue
            }
            let end = endOfScalar(in: text, from: index)
            let atLineEnd = end >= text.count || (text[end] == 13 && end + 1 < text.count && text[end + 1] == 10)
            var width = 0
            for byte in text[index..<end] { width += isLiteral(byte, atLineEnd: atLineEnd) ? 1 : 3 }
            if column + width > (atLineEnd ? limit : limit - 1) {
                result += [UInt8(ascii: "="), 13, 10]
                column = 0
            }
            let isMark = column == 0 && (text[index] == UInt8(ascii: ".") || startsFrom(text, index))
            for byte in text[index..<end] {
                if isLiteral(byte, atLineEnd: atLineEnd), !isMark {
                    result.append(byte)
                } else {
                    let (high, low) = Hex.pair(byte)
                    result.append(UInt8(ascii: "="))
                    result.append(high)
                    result.append(low)
                }
            }
            column += isMark ? 3 : width
            index = end
        }
        return result
    }

    private static func isLiteral(_ byte: UInt8, atLineEnd: Bool) -> Bool {
        switch byte {
        case 9, 32: !atLineEnd
        case 33...60, 62...126: true
        default: false
        }
    }

    private static func startsFrom(_ text: [UInt8], _ index: Int) -> Bool {
        text[index] == UInt8(ascii: "F") && text[index...].starts(with: "From ".utf8)
    }

    private static func endOfScalar(in text: [UInt8], from index: Int) -> Int {
        var end = index + 1
        guard text[index] >= 0xC0 else { return end }
        while end < text.count, end < index + 4, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }
}
