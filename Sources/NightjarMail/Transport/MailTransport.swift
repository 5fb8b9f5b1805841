// The seam between what a mail is and how it leaves: an envelope and finished bytes in, one outcome per recipient out.
//
//     SMTPTransport       a mail server, through libcurl
//     SendmailTransport   the sendmail program of this machine
//     FileTransport       one .eml file each
//     MemoryTransport     an array, for tests
//     LogTransport        a log line with the headers
//
// A transport does not retry, does not log failures and knows no jobs; who calls it decides from the report.

/// A way for finished mails to leave.
public protocol MailTransport: Sendable {
    /// Hands one mail over, and says what became of it for each recipient.
    ///
    /// What the other side answers, and also what goes wrong on the way to it, is a ``MailOutcome``, not an error.
    ///
    /// - Parameters:
    ///   - message: Headers and body, as ``MailMessage/encoded()`` gives them.
    ///   - envelope: From whom and to whom. What the message's headers say does not matter here.
    /// - Returns: One outcome for each recipient of the envelope, in its order.
    /// - Throws: `CancellationError` when the task was cancelled while the mail had certainly not been taken.
    func deliver(_ message: [UInt8], to envelope: MailEnvelope) async throws -> MailReport

    /// Gives connections back. The transport stays usable.
    func close() async
}

extension MailTransport {
    /// Nothing to give back.
    public func close() async {}
}
