// How a mail is sent: in the background unless somebody insists on waiting.

public import NightjarJobs

public import struct Foundation.Date

extension Mail {
    /// Sends the mail in the background. When this returns, it is a job in the queue `mail`.
    ///
    /// ```swift
    /// try await Mail(to: order.email, subject: "Your order", text: "It is on its way.").send()
    /// ```
    /// Author, `Message-ID` and date are fixed now, so every attempt sends the same mail. A server that is out of order is
    /// tried again for about a day; a mail that is refused becomes a dead letter at once. In a job this makes a job of its
    /// own: when the job around it runs again, the mail is not sent again by itself.
    ///
    /// - Parameters:
    ///   - delay: How long to wait before the first attempt.
    ///   - date: When to send it instead; at once if that has passed.
    /// - Returns: A future for the receipt, with the job's id.
    /// - Throws: `MailError` if nobody is its author or this program has no way to send mail; ``QueueError`` if the queue
    ///   did not take it or no app is running.
    @discardableResult
    public func send(delay: Duration? = nil, at date: Date? = nil) async throws -> JobFuture<MailReceipt> {
        guard let queue = RunningQueue.current else { throw QueueError.noRunningApp }
        let mailer = try queue.mailer
        try (mailer.transport as? NoTransport)?.complain()
        let message = try MailMessage(self, defaultAuthor: mailer.author)
        return try await queue.background(DeliverMail(message: message), delay: delay, at: date)
    }

    /// Sends a mail of plain text in the background.
    ///
    /// ```swift
    /// try await Mail.send(to: "ada@example.org", subject: "Welcome", body: "Glad you are here.")
    /// ```
    /// - Throws: `MailError` for the first thing that is wrong with it, and what ``send(delay:at:)`` throws.
    @discardableResult
    public static func send(
        to recipients: any MailAddresses, subject: String, body: String
    ) async throws -> JobFuture<MailReceipt> {
        try await Mail(to: recipients, subject: subject, text: body).send()
    }

    /// Sends the mail and waits until the other side has taken it. It is tried once, and no job is made.
    ///
    /// - Throws: ``MailNotDelivered`` if anybody it is for did not get it; what ``send(delay:at:)`` throws.
    @discardableResult
    public func sendNow() async throws -> MailReceipt {
        let mailer = try Mailer.current
        try (mailer.transport as? NoTransport)?.complain()
        let message = try MailMessage(self, defaultAuthor: mailer.author)
        let report = try await mailer.deliver(message)
        guard report.delivered.count == report.entries.count else {
            throw MailNotDelivered(report: report, messageID: message.stamp.messageID)
        }
        return MailReceipt(messageID: message.stamp.messageID, report)
    }
}
