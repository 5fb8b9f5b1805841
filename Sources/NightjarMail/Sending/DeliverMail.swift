// The job that a sent mail is. Its payload is the finished mail and nothing else; how it leaves is the mailer's business,
// in whichever process the job runs.

import Logging
import NightjarJobs

/// Delivers one mail.
struct DeliverMail: CarriesData {
    static let name = "Nightjar.DeliverMail"

    static let options = JobOptions(
        queue: Mailer.queue,
        retry: .custom(maxAttempts: MailRetry.attempts) { attempt, _ in MailRetry.delay(afterAttempt: attempt) },
        // Longer than one dialogue with a server that uses up every time-out (SMTPConfiguration.Timeouts).
        timeout: .seconds(3600),
        tags: ["mail"]
    )

    /// 32 MiB of JSON: a mail of 20 MB with its files as base64, about as much as mail servers take.
    static let payloadLimit = 32 << 20

    var message: MailMessage
    /// Whom it still has to reach; nil for everyone it is addressed to.
    var recipients: [MailAddress]?

    func run(_ context: JobContext) async throws -> MailReceipt {
        let queue = try runningQueue
        let mailer = try queue.mailer
        let started = ContinuousClock.now
        let report = try await mailer.deliver(message, to: recipients)
        let next = MailNext(after: report)
        if let doubt = next.doubt {
            context.logger.warning(
                "A mail may have arrived and will be sent again with the same Message-ID", metadata: details(doubt))
        }
        if let reason = next.pause { try await pause(queue, mailer, since: started, context, reason) }
        try await queueApart(next, in: queue, context)
        switch next.ending {
        case .done: return MailReceipt(messageID: message.stamp.messageID, report)
        case .again(let reason): throw MailDelayed(description: reason)
        case .dead(let reason): throw Discard(reason: reason)
        // It waits in the paused queue, and is the first to leave when that is resumed.
        case .back: throw Snooze(for: .zero)
        }
    }

    private var runningQueue: JobQueue {
        get throws {
            guard let queue = RunningQueue.current else { throw QueueError.noRunningApp }
            return queue
        }
    }

    /// Stops all mails, since none can leave, and says so loudly: once for each pause, not for each mail that was on its
    /// way then. Resumed before anything was put right it is a pause of its own.
    private func pause(
        _ queue: JobQueue, _ mailer: Mailer, since started: ContinuousClock.Instant, _ context: JobContext,
        _ reason: String
    ) async throws {
        let wasPaused = try await queue.isPaused(context.queue)
        try await queue.pause(context.queue)
        guard mailer.pauses.isNew(context.queue, to: started), !wasPaused else { return }
        context.logger.critical(
            "NO MAIL LEAVES: the queue “\(context.queue)” is paused, its mails wait. Put MAIL_URL right, then resume it",
            metadata: ["reason": "\(reason)", "resume": "queues resume \(context.queue)"])
    }

    /// Makes jobs for those who did not get what the others got.
    private func queueApart(_ next: MailNext, in queue: JobQueue, _ context: JobContext) async throws {
        if !next.later.isEmpty {
            let delay = next.pause == nil ? MailRetry.delay(afterAttempt: 1) : nil
            let job = DeliverMail(message: message, recipients: next.later)
            let future = try await queue.background(job, delay: delay)
            context.logger.warning(
                "A mail did not reach everybody; the rest is tried again",
                metadata: ["mail.id": "\(message.stamp.messageID)", "mail.job": "\(future.jobID)"])
        }
        if !next.refused.isEmpty {
            try await queue.background(DeliverMail(message: message, recipients: next.refused))
        }
    }

    private func details(_ reason: String) -> Logger.Metadata {
        ["mail.id": "\(message.stamp.messageID)", "reason": "\(reason)"]
    }
}

/// A mail that did not leave and will be tried again.
struct MailDelayed: Error, CustomStringConvertible {
    let description: String
}
