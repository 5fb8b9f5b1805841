// How a setting's text becomes a value and back. Each syntax can say in words what it accepts, so that an error
// message and the help text come from the same place as the parser.

import Logging

/// Reads and writes one kind of value.
struct ValueSyntax<Value: Sendable>: Sendable {
    /// What is allowed, in words that complete "it has to be …".
    let allowed: String
    /// The words to choose from, if the values are words.
    var choices: [String] = []
    /// The value of a text without surrounding space; nil if it is not allowed.
    let parse: @Sendable (String) -> Value?
    /// The value as one would write it.
    let text: @Sendable (Value) -> String

    /// The same, where leaving the variable out means nil.
    var optional: ValueSyntax<Value?> {
        ValueSyntax<Value?>(
            allowed: allowed,
            choices: choices,
            parse: { [parse] in parse($0).map { .some($0) } },
            text: { [text] in $0.map(text) ?? "" }
        )
    }
}

extension ValueSyntax where Value == String {
    /// Any text that is not empty.
    static let text = Self(allowed: "some text", parse: { $0.isEmpty ? nil : $0 }, text: { $0 })

    /// A text of at least that many characters.
    static func text(atLeast count: Int) -> Self {
        Self(allowed: "at least \(count) characters long", parse: { $0.count >= count ? $0 : nil }, text: { $0 })
    }

    /// An address that starts with one of the schemes; after a scheme that ends in a slash something has to follow.
    static func url(_ schemes: String...) -> Self {
        Self(
            allowed: "an address that starts with " + schemes.joined(separator: " or "),
            parse: { text in
                schemes.contains { text.hasPrefix($0) && (text != $0 || !$0.hasSuffix("/")) } ? text : nil
            },
            text: { $0 }
        )
    }

    /// One of some words; a word may have another spelling.
    static func word(_ words: [String], sameAs spellings: [String: String] = [:]) -> Self {
        let all = words + spellings.keys.sorted()
        return Self(
            allowed: "one of " + all.joined(separator: ", "),
            choices: all,
            parse: { text in
                let word = text.lowercased()
                return words.contains(word) ? word : spellings[word]
            },
            text: { $0 }
        )
    }
}

extension ValueSyntax where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the cases, by its raw value; a case may have another spelling.
    static func oneOf(_ type: Value.Type, sameAs spellings: [String: Value] = [:]) -> Self {
        let words = type.allCases.map(\.rawValue)
        return Self(
            allowed: "one of " + words.joined(separator: ", "),
            choices: words,
            parse: { Value(rawValue: $0.lowercased()) ?? spellings[$0.lowercased()] },
            text: \.rawValue
        )
    }
}

extension ValueSyntax where Value == Int {
    /// A whole number in a range.
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let allowed =
            range.upperBound == .max
            ? "a whole number, \(range.lowerBound) or more"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Self(
            allowed: allowed,
            parse: { Int($0).flatMap { range.contains($0) ? $0 : nil } },
            text: { String($0) }
        )
    }
}

extension ValueSyntax where Value == Bool {
    /// `true` or `false`, and the other usual words for them.
    static let flag = Self(
        allowed: "true or false",
        choices: ["true", "false"],
        parse: { text in
            switch text.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        },
        text: { $0 ? "true" : "false" }
    )
}

extension ValueSyntax where Value == Duration {
    /// A length of time, in seconds unless it says otherwise: `30`, `500ms`, `5m`, `1h`.
    static let duration = Self(
        allowed: "a time greater than zero such as 30, 500ms, 5m or 1h",
        parse: { text in
            let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
            guard let (suffix, seconds) = units.first(where: { text.hasSuffix($0.0) }),
                let amount = Double(text.dropLast(suffix.count)), amount > 0, amount * seconds <= 31_536_000
            else { return nil }
            return .milliseconds(Int64((amount * seconds * 1000).rounded(.up)))
        },
        text: { duration in
            let (seconds, rest) = duration.components
            return rest == 0 ? "\(seconds)s" : "\(seconds * 1000 + rest / 1_000_000_000_000_000)ms"
        }
    )
}

extension ValueSyntax where Value == ByteCount {
    /// An amount of bytes: `65536`, `512KB`, `2MB`.
    static let byteCount = Self(
        allowed: "an amount of bytes such as 65536, 512KB or 2MB",
        parse: { text in
            let units: [(String, Int)] = [("KB", 1024), ("MB", 1024 * 1024), ("GB", 1024 * 1024 * 1024), ("", 1)]
            let text = text.uppercased()
            guard let (suffix, size) = units.first(where: { text.hasSuffix($0.0) }),
                let amount = Int(text.dropLast(suffix.count).filter { $0 != " " }), amount > 0
            else { return nil }
            let (bytes, overflow) = amount.multipliedReportingOverflow(by: size)
            return overflow ? nil : .bytes(bytes)
        },
        text: { $0.description.filter { $0 != " " }.replacing("bytes", with: "") }
    )
}

extension ValueSyntax where Value == [String] {
    /// Words with commas between them.
    static func list(_ what: String) -> Self {
        Self(
            allowed: "\(what), with commas between them",
            parse: { text in
                let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
                return parts.contains("") ? nil : parts
            },
            text: { $0.joined(separator: ",") }
        )
    }
}

extension ValueSyntax where Value == TrustedProxies {
    /// Addresses and networks with commas between them.
    static let proxies = Self(
        allowed: "addresses or networks such as 10.0.0.0/8,::1, with commas between them",
        parse: { TrustedProxies($0) },
        text: \.description
    )
}
