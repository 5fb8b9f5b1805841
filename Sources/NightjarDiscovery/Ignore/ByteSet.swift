// What stands between brackets in a pattern: `[abc]`, `[a-z]`, `[!0-9]`, `[[:alpha:]_]`.

/// A set of bytes.
struct ByteSet: Sendable {
    private var members: Set<UInt8> = []
    private var isNegated = false

    /// Reads up to the closing bracket; the opening one has been read.
    /// - Returns: `nil` if there is no closing one.
    init?(_ bytes: inout ArraySlice<UInt8>) {
        if bytes.first == UInt8(ascii: "!") || bytes.first == UInt8(ascii: "^") {
            isNegated = true
            bytes.removeFirst()
        }
        var isFirst = true
        var start: UInt8?
        while let byte = bytes.popFirst() {
            var low = byte
            switch byte {
            case UInt8(ascii: "]") where !isFirst: return
            case UInt8(ascii: "[") where bytes.first == UInt8(ascii: ":"):
                guard let named = Self.readClass(&bytes) else { return nil }
                members.formUnion(named)
                start = nil
                isFirst = false
                continue
            case UInt8(ascii: "-"):
                // A minus is a range only between two bytes.
                if let from = start, let next = bytes.first, next != UInt8(ascii: "]") {
                    bytes.removeFirst()
                    var high = next
                    if next == UInt8(ascii: "\\") {
                        guard let escaped = bytes.popFirst() else { return nil }
                        high = escaped
                    }
                    if from <= high { members.formUnion(from...high) }
                    start = nil
                    continue
                }
            case UInt8(ascii: "\\"):
                guard let escaped = bytes.popFirst() else { return nil }
                low = escaped
            default: break
            }
            members.insert(low)
            start = low
            isFirst = false
        }
        return nil
    }

    func contains(_ byte: UInt8) -> Bool { members.contains(byte) != isNegated }

    /// `:alpha:]` and its like; `nil` if there is no such class.
    private static func readClass(_ bytes: inout ArraySlice<UInt8>) -> Set<UInt8>? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "]")), end > bytes.startIndex + 1,
            bytes[end - 1] == UInt8(ascii: ":")
        else { return nil }
        let name = String(decoding: bytes[(bytes.startIndex + 1)..<(end - 1)], as: UTF8.self)
        bytes = bytes[(end + 1)...]
        let lower = Set(UInt8(ascii: "a")...UInt8(ascii: "z"))
        let upper = Set(UInt8(ascii: "A")...UInt8(ascii: "Z"))
        let digits = Set(UInt8(ascii: "0")...UInt8(ascii: "9"))
        let graph = Set<UInt8>(0x21...0x7e)
        switch name {
        case "alpha": return lower.union(upper)
        case "lower": return lower
        case "upper": return upper
        case "digit": return digits
        case "alnum": return lower.union(upper).union(digits)
        case "xdigit": return digits.union("abcdefABCDEF".utf8)
        case "space": return Set(" \t\n\r\u{b}\u{c}".utf8)
        case "blank": return Set(" \t".utf8)
        case "punct": return graph.subtracting(lower).subtracting(upper).subtracting(digits)
        case "graph": return graph
        case "print": return graph.union([0x20])
        case "cntrl": return Set<UInt8>(0...0x1f).union([0x7f])
        default: return nil
        }
    }
}
