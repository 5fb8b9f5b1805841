// What a transport says after an attempt.

/// The outcomes of one attempt to deliver a mail.
public struct MailReport: Hashable, Codable, Sendable {
    /// One recipient and what became of the mail for them.
    public struct Entry: Hashable, Codable, Sendable {
        /// Who.
        public let recipient: MailAddress
        /// What became of it.
        public let outcome: MailOutcome
    }

    /// One entry for each recipient of the envelope, in its order.
    public let entries: [Entry]

    /// What was said on the wire, one line each: `S:` the server, `C:` we. Secrets are masked; the mail is not in it.
    public let dialogue: [String]

    /// A report of given outcomes.
    ///
    /// - Parameters:
    ///   - recipients: The envelope's recipients.
    ///   - outcomes: Their outcomes, in the same order; whoever has none is tried again.
    ///   - dialogue: What was said, if anything was.
    public init(_ recipients: [MailAddress], _ outcomes: [MailOutcome], dialogue: [String] = []) {
        self.entries = recipients.enumerated().map { index, recipient in
            let outcome =
                index < outcomes.count ? outcomes[index] : .retry("the transport said nothing of this recipient")
            return Entry(recipient: recipient, outcome: outcome)
        }
        self.dialogue = dialogue
    }

    /// A report that says the same of everyone.
    public init(_ envelope: MailEnvelope, _ outcome: MailOutcome, dialogue: [String] = []) {
        self.init(
            envelope.recipients,
            envelope.recipients.map { _ in outcome },
            dialogue: dialogue
        )
    }

    /// Who has it.
    public var delivered: [MailAddress] {
        entries.filter { if case .delivered = $0.outcome { true } else { false } }.map(\.recipient)
    }

    /// Who will never get it, and why.
    public var refused: [Entry] {
        entries.filter { if case .refused = $0.outcome { true } else { false } }
    }

    /// Who may have it already: the connection was lost after the last byte.
    public var ambiguous: [Entry] {
        entries.filter { if case .ambiguous = $0.outcome { true } else { false } }
    }

    /// Who it has to be tried for again: everyone who neither has it nor will never get it.
    public var unfinished: [MailAddress] {
        entries.filter { entry in
            switch entry.outcome {
            case .delivered, .refused: false
            case .retry, .pauseQueue, .ambiguous: true
            }
        }
        .map(\.recipient)
    }

    /// Why no mail can leave until an operator acts; nil when mails can.
    public var pause: String? {
        for entry in entries {
            if case .pauseQueue(let reason) = entry.outcome { return reason }
        }
        return nil
    }
}
