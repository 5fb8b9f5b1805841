// A mail server that takes its time and remembers what it was given: aiosmtpd, as in the mail tests.

import Foundation
import Synchronization
import TestSupport

final class MailServer: Sendable {
    struct Mail: Sendable {
        var recipient: String
        var messageID: String
    }

    private struct Event: Decodable {
        var event: String
        var port: Int?
        var recipients: [String]?
        var content: Data?
    }

    private struct State {
        var port: Int?
        var mails: [Mail] = []
    }

    private let state: Mutex<State>
    private let input = Pipe()
    private let process = Process()

    /// Starts a server that knows one user.
    init(user: String, password: String, delay: Double) throws {
        state = Mutex(State())
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let local = tests.deletingLastPathComponent().appendingPathComponent(".build/venv/bin/python").path
        let python = ProcessInfo.processInfo.environment["NIGHTJAR_PYTHON"] ?? local
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Program.Trouble(
                description: "There is no Python with aiosmtpd; scripts/mailserver makes .build/venv.")
        }
        let options: [String: Any] = [
            "tls": "none", "mechanisms": ["PLAIN"], "user": user, "password": password, "delay": delay,
        ]
        let json = String(decoding: try JSONSerialization.data(withJSONObject: options), as: UTF8.self)
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [
            "-W", "ignore", tests.appendingPathComponent("NightjarMailTests/Python/smtp_server.py").path, json,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        read(output.fileHandleForReading)
    }

    /// The server ends with its standard input.
    deinit { try? input.fileHandleForWriting.close() }

    /// Where it listens, once it does.
    var port: Int {
        get async throws {
            let deadline = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < deadline {
                if let port = state.withLock(\.port) { return port }
                try await Task.sleep(for: .milliseconds(20))
            }
            throw Program.Trouble(description: "smtp_server.py did not start.")
        }
    }

    /// What arrived so far.
    var mails: [Mail] { state.withLock(\.mails) }

    private func read(_ handle: FileHandle) {
        handle.eachLine { [weak self] line in
            if let line, let event = try? JSONDecoder().decode(Event.self, from: line) { self?.note(event) }
        }
    }

    private func note(_ event: Event) {
        state.withLock { state in
            if let port = event.port { state.port = port }
            guard event.event == "mail", let recipient = event.recipients?.first, let content = event.content else {
                return
            }
            let lines = String(decoding: content, as: UTF8.self).split(separator: "\r\n")
            let id = lines.first { $0.hasPrefix("Message-ID:") } ?? ""
            state.mails.append(Mail(recipient: recipient, messageID: String(id)))
        }
    }
}
