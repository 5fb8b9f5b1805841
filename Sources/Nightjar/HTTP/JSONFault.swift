// Where a text stops being JSON, for the sentence of a 400.
//
// The decoder decides what is JSON and does not say where it stopped. This looks for the place afterwards (RFC 8259), so
// it costs nothing as long as clients send what they should, and it may find nothing: then the text is JSON, and what is
// wrong is a number that does not fit. Pure.

/// The first thing in a text that is no JSON.
struct JSONFault: Error, Hashable, CustomStringConvertible {
    /// Which line, counted from 1.
    let line: Int
    /// Which character of the line, counted from 1.
    let column: Int
    /// What stands, or is missing, there.
    let problem: String

    /// Finds it; nil if the text is JSON.
    init?(in text: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(text))
        do { try reader.readDocument() } catch let fault {
            self = fault
            return
        }
        return nil
    }

    fileprivate init(_ problem: String, at index: Int, of bytes: [UInt8]) {
        let before = bytes[..<index]
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        // Bytes that go on with a character are none of their own.
        column = bytes[start..<index].count { $0 & 0xC0 != 0x80 } + 1
        self.problem = problem
    }

    /// `line 2, column 7: a comma or “}” is missing`
    var description: String { "line \(line), column \(column): \(problem)" }
}

private struct Reader {
    /// How deep values may be nested; the decoder gives up at the same depth.
    static let depth = 512

    let bytes: [UInt8]
    var index = 0

    mutating func readDocument() throws(JSONFault) {
        try readValue(within: 0)
        skipSpace()
        if index < bytes.count { throw fault("something follows the end of the value") }
    }

    private mutating func readValue(within depth: Int) throws(JSONFault) {
        skipSpace()
        guard depth < Self.depth else { throw fault("values are nested too deeply") }
        guard let byte = next else { throw fault("the text ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): try readObject(within: depth + 1)
        case UInt8(ascii: "["): try readArray(within: depth + 1)
        case UInt8(ascii: "\""): try readString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber()
        default: try readWord()
        }
    }

    private mutating func readObject(within depth: Int) throws(JSONFault) {
        index += 1
        skipSpace()
        if take("}") { return }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("the name of a field in double quotes is missing") }
            try readString()
            skipSpace()
            guard take(":") else { throw fault("a colon is missing") }
            try readValue(within: depth)
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault("a comma or “}” is missing") }
    }

    private mutating func readArray(within depth: Int) throws(JSONFault) {
        index += 1
        skipSpace()
        if take("]") { return }
        repeat {
            try readValue(within: depth)
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault("a comma or “]” is missing") }
    }

    private mutating func readString() throws(JSONFault) {
        index += 1
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"): try readEscape()
            case ..<0x20: throw fault("a control character in a string must be written as an escape")
            default: index += 1
            }
        }
        throw fault("a string is not closed")
    }

    private mutating func readEscape() throws(JSONFault) {
        let start = index
        index += 1
        guard let byte = next else { throw fault("a string is not closed") }
        index += 1
        if "\"\\/bfnrt".utf8.contains(byte) { return }
        let digits = bytes[index...].prefix(4)
        guard byte == UInt8(ascii: "u"), digits.count == 4, digits.allSatisfy(Self.isHexDigit) else {
            index = start
            throw fault("there is no such escape")
        }
        index += 4
    }

    private mutating func readNumber() throws(JSONFault) {
        _ = take("-")
        if !take("0") { try readDigits() }
        if take(".") { try readDigits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try readDigits()
        }
        if let byte = next, Self.isDigit(byte) { throw fault("a number has a zero in front") }
    }

    private mutating func readDigits() throws(JSONFault) {
        guard let byte = next, Self.isDigit(byte) else { throw fault("a digit is missing") }
        while let byte = next, Self.isDigit(byte) { index += 1 }
    }

    private mutating func readWord() throws(JSONFault) {
        for word in ["true", "false", "null"] where bytes[index...].starts(with: word.utf8) {
            index += word.utf8.count
            return
        }
        throw fault("a value is missing")
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: mark) else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, " \n\r\t".utf8.contains(byte) { index += 1 }
    }

    private func fault(_ problem: String) -> JSONFault { JSONFault(problem, at: index, of: bytes) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}
