// What became of a mail for one recipient, and so what has to happen next:
//
//     delivered     nothing: the other side has taken it over
//     retry         the same again, later
//     refused       nothing: it will never work, and somebody should know why
//     pauseQueue    no mail can leave until an operator has acted; this one waits with the others
//     ambiguous     as retry, but the recipient may have it already; the Message-ID is the same
//
// The sentence with each says who answered what. Passwords are masked before a sentence is made.

/// What became of a mail for one recipient.
public enum MailOutcome: Hashable, Codable, Sendable {
    /// The other side took it, and said this.
    case delivered(String)
    /// It did not work now; it may later.
    case retry(String)
    /// It will not work.
    case refused(String)
    /// Nothing can leave until credentials, certificates or settings are put right.
    case pauseQueue(String)
    /// The connection ended after the last byte and before the answer.
    case ambiguous(String)

    /// What was said.
    public var reason: String {
        switch self {
        case .delivered(let text), .retry(let text), .refused(let text), .pauseQueue(let text), .ambiguous(let text):
            text
        }
    }
}

/// When a mail that could not be delivered is tried again.
public enum MailRetry {
    /// How often a mail is tried: with the waits below, for about a day.
    public static let attempts = 12

    private static let waits: [Duration] = [30, 120, 600, 1800, 3600, 7200, 14_400].map(Duration.seconds)

    /// The wait after an attempt.
    ///
    /// - Parameter attempt: The attempt that failed, counted from 1.
    /// - Returns: 30 s, 2 min, 10 min, 30 min, 1 h, 2 h and then 4 h each; nil when no attempt is left.
    public static func delay(afterAttempt attempt: Int) -> Duration? {
        guard (1..<attempts).contains(attempt) else { return nil }
        return waits[min(attempt, waits.count) - 1]
    }
}
