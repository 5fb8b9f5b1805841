// How one application's mails leave, who writes those that name nobody, and where they go instead.
//
//     Mail.send ──► stamp: author, Message-ID, Date ──► DeliverMail in the queue “mail” ──► Mailer.deliver ──► transport
//
// It is kept with the queue, so a job finds it in whichever process runs it, and no payload holds a server or a secret.

import Logging
public import NightjarJobs

/// Hands an application's mails to a transport.
public final class Mailer: Sendable {
    /// The queue that mails wait in.
    package static let queue = "mail"

    /// How mails leave.
    public let transport: any MailTransport
    /// The author of mails that name none; nil if they have to.
    public let author: MailAddress?
    /// Where every mail goes in place of its recipients; nil for where it is addressed to.
    public let redirect: MailAddress?
    /// What this process said about queues it paused because no mail could leave, so that it says so once.
    let pauses = LoudPauses()

    /// A mailer.
    ///
    /// - Parameters:
    ///   - transport: How mails leave.
    ///   - author: The author of mails that name none (`MAIL_FROM`).
    ///   - redirect: Where every mail goes in place of its recipients (`MAIL_REDIRECT_TO`).
    public init(transport: any MailTransport, author: MailAddress? = nil, redirect: MailAddress? = nil) {
        self.transport = transport
        self.author = author
        self.redirect = redirect
    }

    /// The mailer of the app that is running.
    ///
    /// - Throws: ``QueueError/noRunningApp`` if none is; `MailError` if it has no mailer.
    package static var current: Mailer {
        get throws {
            guard let queue = RunningQueue.current else { throw QueueError.noRunningApp }
            return try queue.mailer
        }
    }

    /// Hands one mail over now and says what became of it for each recipient; it is not tried again.
    ///
    /// - Parameters:
    ///   - message: The mail.
    ///   - recipients: Some of its recipients; nil for all of them.
    /// - Throws: `CancellationError` when the task was cancelled before the mail was taken; `MailError` if it cannot be
    ///   redirected.
    public func deliver(_ message: MailMessage, to recipients: [MailAddress]? = nil) async throws -> MailReport {
        guard let redirect else {
            let envelope = recipients.map(message.envelope.only) ?? message.envelope
            return try await hand(message, envelope)
        }
        // Here and not where it is sent, so that it also holds for mails that were waiting when it was set.
        let elsewhere = try MailMessage(
            message.mail.redirected(to: redirect), defaultAuthor: message.author, stamp: message.stamp)
        return try await hand(elsewhere, elsewhere.envelope)
    }

    private func hand(_ message: MailMessage, _ envelope: MailEnvelope) async throws -> MailReport {
        if let outbox = transport as? Outbox { return await outbox.keep(message, envelope) }
        return try await transport.deliver(message.encoded(), to: envelope)
    }
}

extension JobQueue {
    /// Makes a mailer the one for this queue's mails, and mails something it can carry.
    ///
    /// An `App` does this by itself.
    /// - Throws: ``QueueError`` if another job type has the name under which mails wait.
    public func use(_ mailer: Mailer) throws {
        try register(DeliverMail.self)
        keep(mailer)
    }

    package var mailer: Mailer {
        get throws {
            guard let mailer = part(Mailer.self) else {
                throw MailError(.configuration, "The queue has no mailer; call queue.use(Mailer(transport: …)) first.")
            }
            return mailer
        }
    }
}
