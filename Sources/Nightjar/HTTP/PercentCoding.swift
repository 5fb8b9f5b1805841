// Percent decoding as browsers do it (WHATWG URL, application/x-www-form-urlencoded): a `%` that is not followed by two
// hex digits stands for itself, and bytes that are no UTF-8 become U+FFFD. So decoding never fails.

/// Decodes percent-encoded text.
enum PercentCoding {
    /// The text that an encoded piece of a URL or a form stands for.
    ///
    /// - Parameter plusIsSpace: In forms and queries `+` means a space; in paths it means itself.
    static func decode(_ text: Substring, plusIsSpace: Bool) -> String {
        let encoded = text.utf8
        guard encoded.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.count)
        var index = encoded.startIndex
        while index < encoded.endIndex {
            let byte = encoded[index]
            index = encoded.index(after: index)
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace:
                bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = encoded[index...].prefix(2)
                if digits.count == 2, let first = digits.first?.hexValue, let second = digits.last?.hexValue {
                    bytes.append(first << 4 | second)
                    index = digits.endIndex
                } else {
                    bytes.append(byte)
                }
            default:
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The name and value pairs of a query or form, decoded, in order.
    static func pairs(_ text: Substring) -> [(name: String, value: String)] {
        text.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else {
                return (decode(Substring(pair), plusIsSpace: true), "")
            }
            let value = Substring(pair[pair.index(after: equals)...])
            return (decode(Substring(pair[..<equals]), plusIsSpace: true), decode(value, plusIsSpace: true))
        }
    }

    /// The name of the first pair that has a `%` without two hex digits behind it, if one has.
    static func firstMalformed(_ text: Substring) -> String? {
        text.utf8.split(separator: UInt8(ascii: "&"))
            .first { pair in
                pair.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst()
                    .contains { $0.prefix(2).count { $0.hexValue != nil } < 2 }
            }
            .map { decode(Substring($0.prefix { $0 != UInt8(ascii: "=") }), plusIsSpace: true) }
    }

    /// A name or value as it is written in a query: everything but letters, digits, `-`, `_`, `.` and `~` encoded.
    static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if byte.isUnreserved {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append((byte >> 4).hexDigit)
                bytes.append((byte & 15).hexDigit)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    fileprivate var hexDigit: UInt8 { self < 10 ? UInt8(ascii: "0") + self : UInt8(ascii: "A") + self - 10 }

    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
