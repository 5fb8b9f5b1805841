// Every line ends in CRLF before anything is encoded or sent: a lone LF inside a message is how one mail becomes two
// at a lenient server, and libcurl passes it through as it is.

enum LineEnds {
    /// The bytes with every CR, LF and CRLF turned into CRLF.
    static func normalised(_ bytes: [UInt8]) -> [UInt8] {
        if isNormal(bytes) { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 32)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 13 || byte == 10 {
                result += [13, 10]
                if byte == 13, index + 1 < bytes.count, bytes[index + 1] == 10 { index += 1 }
            } else {
                result.append(byte)
            }
            index += 1
        }
        return result
    }

    /// The bytes with a CRLF at their end.
    static func terminated(_ bytes: [UInt8]) -> [UInt8] {
        bytes.suffix(2).elementsEqual([13, 10]) ? bytes : bytes + [13, 10]
    }

    /// The bytes with every CRLF turned into LF, as programs on this machine expect them.
    static func local(_ bytes: [UInt8]) -> [UInt8] {
        normalised(bytes).filter { $0 != 13 }
    }

    /// Whether any line begins with a dot.
    static func hasLeadingDot(_ bytes: [UInt8]) -> Bool {
        if bytes.first == UInt8(ascii: ".") { return true }
        return bytes.indices.dropFirst().contains { bytes[$0] == UInt8(ascii: ".") && bytes[$0 - 1] == 10 }
    }

    private static func isNormal(_ bytes: [UInt8]) -> Bool {
        var afterReturn = false
        for byte in bytes {
            if (byte == 10) != afterReturn { return false }
            afterReturn = byte == 13
        }
        return !afterReturn
    }
}
