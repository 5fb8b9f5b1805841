// What is known about a mail once it has left. It names nobody: a job's result is shown to whoever knows the job's id,
// and hidden recipients stay hidden.

/// What became of a mail that was sent.
public struct MailReceipt: Hashable, Codable, Sendable {
    /// The mail's `Message-ID`, without angle brackets.
    public let messageID: String
    /// For how many recipients it was taken.
    public let delivered: Int
    /// For how many it is tried again, in a job of their own.
    public let delayed: Int
    /// For how many it was refused; they are asked once more in a job of their own, which becomes a dead letter.
    public let refused: Int
    /// What the other side said when it took the mail, such as `250 2.0.0 queued as 4F2A`.
    public let answer: String?

    init(messageID: String, _ report: MailReport) {
        self.messageID = messageID
        self.delivered = report.delivered.count
        self.delayed = report.unfinished.count
        self.refused = report.refused.count
        self.answer =
            report.entries.lazy.compactMap { entry in
                if case .delivered(let answer) = entry.outcome { answer } else { nil }
            }.first
    }
}

/// A mail that was sent at once and did not reach everybody.
public struct MailNotDelivered: Error, Sendable, CustomStringConvertible {
    /// What became of it for each recipient.
    public let report: MailReport
    /// The mail's `Message-ID`, without angle brackets.
    public let messageID: String

    /// Who did not get it, and why.
    public var description: String {
        let missing = report.entries.filter { if case .delivered = $0.outcome { false } else { true } }
        let who = missing.map { "\($0.recipient.address) (\($0.outcome.reason))" }.joined(separator: "; ")
        return "The mail \(messageID) was not delivered to \(who)."
    }
}
