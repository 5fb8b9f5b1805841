// Mails, stamps and servers the tests share.

import Foundation
import Testing

@testable import NightjarMail

extension MailStamp {
    /// Friday, 21 November 2025, 04:38:05 UTC.
    static func fixed() throws -> MailStamp {
        try MailStamp(
            messageID: "20251121043805.42@example.org",
            date: Date(timeIntervalSince1970: 1_763_699_885),
            boundary: "b0undary"
        )
    }
}

extension Mail {
    /// The finished bytes under the fixed stamp.
    func bytes() throws -> [UInt8] {
        try MailMessage(self, defaultAuthor: MailAddress("robot@example.org"), stamp: .fixed()).encoded()
    }
}

extension MailEnvelope {
    static func sample(_ recipients: String...) throws -> MailEnvelope {
        try MailEnvelope(
            sender: MailAddress("robot@example.org"),
            recipients: recipients.map { try MailAddress($0) },
            messageID: "20251121043805.42@example.org"
        )
    }
}

let sampleMail = Array("Subject: hello\r\n\r\nHello.\r\n".utf8)

extension MailReport {
    var outcomes: [MailOutcome] { entries.map(\.outcome) }

    /// Every text it holds, for searching.
    var allText: String { (outcomes.map(\.reason) + dialogue).joined(separator: "\n") }
}

extension MailOutcome {
    /// `delivered`, `retry`, `refused`, `pauseQueue` or `ambiguous`.
    var kind: String {
        switch self {
        case .delivered: "delivered"
        case .retry: "retry"
        case .refused: "refused"
        case .pauseQueue: "pauseQueue"
        case .ambiguous: "ambiguous"
        }
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    /// The seed in NIGHTJAR_SEED, or a new one; printed, so that a failure can be repeated.
    static func printed(_ test: String) -> SeededGenerator {
        let given = ProcessInfo.processInfo.environment["NIGHTJAR_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        print("\(test): NIGHTJAR_SEED=\(seed)")
        return SeededGenerator(state: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
