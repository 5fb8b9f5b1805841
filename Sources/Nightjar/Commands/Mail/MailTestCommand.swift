// `mail test`: one mail, now, with what the server says about it. It makes no job, so it also works while the queue is
// paused, which is when somebody needs it.

import ArgumentParser
import NightjarJobs
import NightjarMail

/// Sends one mail and shows the dialogue.
struct MailTestCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "test",
            abstract: "Sends one mail now, and shows what was said to the mail server; secrets are hidden.",
            discussion: RootCommand.examples(
                "mail test --to ada@example.org",
                "mail test --to ada@example.org --from robot@example.org --json")
        )
    }

    @Option(name: .long, help: "Who gets the mail.", transform: OptionValue.mailAddress)
    var to: MailAddress

    @Option(name: .long, help: "Who writes it, instead of MAIL_FROM.", transform: OptionValue.mailAddress)
    var from: MailAddress?

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        let paused = await app.pausedMails
        try await testMail(from: from, to: to, through: app.mailer, paused: paused, output, on: console)
        await app.mailer.transport.close()
    }
}

extension App {
    /// What waits in the queue of mails if that is paused; nil if it is not, or where this process cannot see it.
    fileprivate var pausedMails: QueueCounts? {
        get async {
            var mails: QueueCounts?
            // A test of the mail server does not fail because of the jobs' store.
            try? await operate { queue in mails = try await queue.counts().first { $0.queue == Mailer.queue } }
            return mails.flatMap { $0.isPaused ? $0 : nil }
        }
    }
}

extension OptionValue {
    static func mailAddress(_ text: String) throws -> MailAddress {
        do { return try MailAddress(text) } catch { throw ValidationError("\(error)") }
    }
}

/// What became of a test mail, for programs.
struct MailTestView: Encodable {
    struct Recipient: Encodable {
        var address: String
        var delivered: Bool
        var answer: String
    }

    var messageID: String
    var dialogue: [String]
    var recipients: [Recipient]
    /// Whether the application's own mails wait all the same.
    var queuePaused: Bool
}

/// Sends a mail through a mailer.
///
/// - Throws: ``CommandError`` if it was not delivered.
func testMail(
    from: MailAddress?, to: MailAddress, through mailer: Mailer, paused: QueueCounts?, _ output: OutputOptions,
    on console: Console
) async throws {
    let mail = try Mail(
        from: from, to: to, subject: "A test from \(RootCommand.programName)",
        text: "This mail was sent by “\(RootCommand.programName) mail test”. If you can read it, mails leave.")
    let message = try MailMessage(mail, defaultAuthor: mailer.author)
    let report = try await mailer.deliver(message)
    let view = MailTestView(
        messageID: message.stamp.messageID, dialogue: report.dialogue,
        recipients: report.entries.map { entry in
            let isDelivered = if case .delivered = entry.outcome { true } else { false }
            return .init(address: entry.recipient.address, delivered: isDelivered, answer: entry.outcome.reason)
        }, queuePaused: paused != nil)
    try output.answer(view, on: console) { _ in
        var sheet = TextSheet()
        sheet.add("Message-ID", view.messageID)
        for recipient in view.recipients where recipient.delivered {
            sheet.add("Delivered to", "\(recipient.address): \(recipient.answer)")
        }
        let dialogue = view.dialogue.map(Words.harmless)
        let hint = (paused?.pausedText).map { ["", $0] } ?? []
        return (dialogue + (dialogue.isEmpty ? [] : [""]) + [sheet.text(width: nil)] + hint).joined(separator: "\n")
    }
    let missing = view.recipients.filter { !$0.delivered }
    guard missing.isEmpty else {
        throw CommandError(missing.map { "Not delivered to \($0.address): \($0.answer)" }.joined(separator: "\n"))
    }
}
