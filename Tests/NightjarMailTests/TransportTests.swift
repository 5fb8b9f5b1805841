import Foundation
import Logging
import Synchronization
import Testing

@testable import NightjarMail

@Suite("Transports without a server")
struct TransportTests {
    @Test("memory keeps what it delivers and waits for more")
    func memory() async throws {
        let transport = MemoryTransport { $0.address.hasPrefix("gone") ? .refused("no") : .delivered("yes") }
        async let waiting = transport.deliveries(atLeast: 1)
        let report = try await transport.deliver(sampleMail, to: .sample("gone@example.org", "a@example.org"))
        #expect(report.outcomes.map(\.kind) == ["refused", "delivered"])
        let kept = await waiting
        #expect(kept.map(\.message) == [sampleMail])
        #expect(kept.first?.envelope.recipients.map(\.address) == ["a@example.org"])
    }

    @Test("a file holds the mail, and a second attempt replaces it")
    func file() async throws {
        let directory = try TemporaryDirectory()
        let folder = directory.url.appendingPathComponent("new/outbox")
        let transport = FileTransport(directory: folder.path)
        for _ in 0..<2 { _ = try await transport.deliver(sampleMail, to: .sample("a@example.org")) }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files == ["20251121043805.42@example.org.eml"])
        #expect(try Data(contentsOf: folder.appendingPathComponent(files[0])) == Data(sampleMail))
        #expect(
            FileTransport.fileName("../../a b@c") == "_./../../a b@c".replacing("_./../../a b", with: "_._.._a_b")
                + ".eml")
    }

    @Test("a directory that cannot be written pauses the queue")
    func noDirectory() async throws {
        let directory = try TemporaryDirectory()
        let obstacle = try directory.write("obstacle", "a file")
        let report = try await FileTransport(directory: obstacle).deliver(sampleMail, to: .sample("a@example.org"))
        #expect(report.pause?.contains("could not be written") ?? false)
    }

    @Test("the log gets the headers and not the words")
    func log() async throws {
        let lines = LogLines()
        var logger = Logger(label: "test") { _ in lines }
        logger.logLevel = .info
        let mail = try Mail(
            to: "a@example.org", bcc: "b@example.org",
            subject: "A long subject " + String(repeating: "x ", count: 50) + "end", text: "the words")
        let message = try MailMessage(mail, defaultAuthor: MailAddress("robot@example.org"))
        let report = try await LogTransport(logger: logger).deliver(message.encoded(), to: message.envelope)
        #expect(report.delivered.count == 2)
        let metadata = try #require(lines.all.first)
        #expect(metadata["mail.subject"] == .string(mail.subject))
        #expect(metadata["mail.message-id"] == .string("<\(message.stamp.messageID)>"))
        #expect(!String(describing: metadata).contains("the words"))
    }

    @Test("sendmail gets the mail on its standard input and every address as an argument of its own")
    func sendmail() async throws {
        let directory = try TemporaryDirectory()
        let script = try directory.write(
            "sendmail", "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$0.arguments\"\ncat > \"$0.input\"\n", mode: 0o755)
        let envelope = try MailEnvelope(
            sender: MailAddress("-oQ/tmp@example.org"),
            recipients: [MailAddress("-be@example.org"), MailAddress("\"$(id);`id`\"@example.org")],
            messageID: "x@y"
        )
        let report = try await SendmailTransport(path: script).deliver(sampleMail, to: envelope)
        #expect(report.delivered.count == 2, "\(report.allText)")
        let arguments = try String(contentsOfFile: script + ".arguments", encoding: .utf8)
        #expect(arguments == "-i\n-f\n-oQ/tmp@example.org\n--\n-be@example.org\n\"$(id);`id`\"@example.org\n")
        let input = try String(contentsOfFile: script + ".input", encoding: .utf8)
        #expect(input == "Subject: hello\n\nHello.\n")
    }

    @Test(
        "sendmail's exit status becomes the outcome",
        arguments: [
            (0, "delivered"), (64, "refused"), (67, "refused"), (75, "retry"), (69, "retry"), (77, "pauseQueue"),
            (78, "pauseQueue"), (1, "retry"),
        ]
    )
    func exitStatus(status: Int, expected: String) async throws {
        let directory = try TemporaryDirectory()
        // It ends without reading a megabyte of input.
        let script = try directory.write(
            "sendmail", "#!/bin/sh\necho 'the\n reason' >&2\nexit \(status)\n", mode: 0o755)
        let big = [UInt8](repeating: 65, count: 1_000_000)
        let report = try await SendmailTransport(path: script).deliver(big, to: .sample("a@example.org"))
        #expect(report.outcomes.map(\.kind) == [expected])
        if status != 0 { #expect(report.outcomes.first?.reason.contains("the reason") ?? false) }
    }

    @Test("a sendmail that is missing, killed or stuck is told apart")
    func troubled() async throws {
        let directory = try TemporaryDirectory()
        let missing = try await SendmailTransport(path: "/nonexistent/sendmail").deliver(
            sampleMail, to: .sample("a@example.org"))
        #expect(missing.pause?.contains("/nonexistent/sendmail") ?? false)
        let killed = try directory.write("killed", "#!/bin/sh\nkill -9 $$\n", mode: 0o755)
        #expect(
            try await SendmailTransport(path: killed).deliver(sampleMail, to: .sample("a@example.org")).outcomes.map(
                \.kind) == ["retry"])
        let stuck = try directory.write("stuck", "#!/bin/sh\nexec sleep 600\n", mode: 0o755)
        let overdue = try await SendmailTransport(path: stuck, limit: .milliseconds(200)).deliver(
            sampleMail, to: .sample("a@example.org"))
        #expect(overdue.outcomes.map(\.kind) == ["ambiguous"])
        let task = Task { try await SendmailTransport(path: stuck).deliver(sampleMail, to: .sample("a@example.org")) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

/// Keeps the metadata of log lines.
final class LogLines: LogHandler, Sendable {
    private let lines = Mutex<[Logger.Metadata]>([])

    var all: [Logger.Metadata] { lines.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { lines.withLock { $0.append(event.metadata ?? [:]) } }
}
