// A real mail server in a process of its own, and what it says it received.

import Foundation
import Synchronization
import TestSupport
import Testing

final class PythonServer: Sendable {
    enum Protection: String {
        case none, starttls, smtps
    }

    struct Event: Decodable, Sendable {
        var event: String
        var port: Int?
        var mechanism: String?
        var success: Bool?
        var sender: String?
        var recipients: [String]?
        var content: Data?
        var connection: Int?
        var hello: String?
        var tls: Bool?
        var user: String?
        var options: [String]?
    }

    private struct State {
        var events: [Event] = []
        var isOver = false
        var waiting: [(name: String, count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let input = Pipe()
    let port: Int

    /// Starts a server that knows one user, `ada`.
    init(_ protection: Protection = .none, mechanisms: [String] = [], password: String = "secret") async throws {
        let certificate = try Certificate.shared.get()
        let options: [String: Any] = [
            "tls": protection.rawValue,
            "mechanisms": mechanisms,
            "user": "ada",
            "password": password,
            "certificate": certificate.certificate,
            "key": certificate.key,
        ]
        let json = String(decoding: try JSONSerialization.data(withJSONObject: options), as: UTF8.self)
        let process = try Python.process("smtp_server.py", [json])
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        let lines = AsyncStream<Data>.makeStream()
        output.fileHandleForReading.eachLine { line in
            if let line { lines.continuation.yield(line) } else { lines.continuation.finish() }
        }
        var iterator = lines.stream.makeAsyncIterator()
        guard let first = await iterator.next(), let port = try JSONDecoder().decode(Event.self, from: first).port
        else {
            throw SetupError(
                description: "smtp_server.py did not start. Is aiosmtpd installed? "
                    + "python3 -m venv .build/venv && .build/venv/bin/pip install 'aiosmtpd>=1.4.6'"
            )
        }
        self.port = port
        Task { [weak self] in
            for await line in lines.stream { self?.note(try? JSONDecoder().decode(Event.self, from: line)) }
            self?.end()
        }
    }

    /// The server ends with its standard input.
    deinit { try? input.fileHandleForWriting.close() }

    /// Waits until there are so many events of a kind.
    func events(_ name: String, atLeast count: Int = 1) async -> [Event] {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.isOver || state.events.count(where: { $0.event == name }) >= count { return true }
                state.waiting.append((name, count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
        return soFar(name)
    }

    func soFar(_ name: String) -> [Event] {
        state.withLock { $0.events.filter { $0.event == name } }
    }

    private func note(_ event: Event?) {
        guard let event else { return }
        resume { $0.events.append(event) }
    }

    private func end() { resume { $0.isOver = true } }

    private func resume(_ change: (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            let all = state
            let isReady = { (name: String, count: Int) in
                all.isOver || all.events.count(where: { $0.event == name }) >= count
            }
            state.waiting.removeAll { isReady($0.name, $0.count) }
            return all.waiting.filter { isReady($0.name, $0.count) }
        }
        for waiting in ready { waiting.continuation.resume() }
    }
}

/// A certificate for `localhost` (and not for 127.0.0.1) that signs itself, made once for a run of the tests.
struct Certificate: Sendable {
    var certificate: String
    var key: String
    private var directory: TemporaryDirectory

    static let shared: Result<Certificate, any Error> = Result {
        let certificate = try Certificate()
        atexit { try? FileManager.default.removeItem(at: Certificate.shared.get().directory.url) }
        return certificate
    }

    private init() throws {
        directory = try TemporaryDirectory()
        certificate = directory.url.appendingPathComponent("certificate.pem").path
        key = directory.url.appendingPathComponent("key.pem").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SetupError(description: "The mail tests need the openssl command (Debian: apt-get install openssl).")
        }
    }
}
