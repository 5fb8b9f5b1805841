// Where no way for mails is configured. Whoever sends one is told at once; one that waits in a queue that other
// processes fill stays there, because the queue is paused.

/// Sends nothing, and says what has to be configured.
public struct NoTransport: MailTransport {
    private let reason: String

    /// A transport that says why there is none.
    public init(reason: String) {
        self.reason = reason
    }

    /// Nothing can leave.
    public func deliver(_ message: [UInt8], to envelope: MailEnvelope) async throws -> MailReport {
        MailReport(envelope, .pauseQueue(reason))
    }

    func complain() throws { throw MailError(.configuration, reason) }
}
