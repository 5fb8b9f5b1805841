// A folder with a database and a ledger, and the programs that play in it.

import AsyncHTTPClient
import Foundation
import GRDB
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// Where one test's processes run; all are gone when it ends.
final class Stage: Sendable {
    let folder: URL
    private let programs = Mutex<[Program]>([])

    /// Plays a scene in a fresh folder.
    static func play(_ scene: (Stage) async throws -> Void) async throws {
        let stage = try Stage()
        do { try await scene(stage) } catch {
            await stage.clear()
            throw error
        }
        await stage.clear()
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID())")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("ledger"), withIntermediateDirectories: true)
    }

    private func clear() async {
        for program in programs.withLock({ $0 }) {
            program.kill()
            _ = try? await program.exitCode(within: .seconds(5))
        }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Starts a program on this stage's database.
    /// - Parameters:
    ///   - bytes: How large a file may become that it writes.
    ///   - isOrdinary: Whether it runs without the privileges of root, who may write every file, if this is root.
    func start(
        _ name: String = "ProcessFixture", _ arguments: String..., with variables: [String: String] = [:],
        limitingFiles bytes: Int? = nil, isOrdinary: Bool = false
    ) throws -> Program {
        let standard = [
            "QUEUE_BACKEND": "database", "DATABASE_URL": "sqlite://jobs.sqlite", "PORT": "0", "LOG_LEVEL": "info",
            "LEDGER": folder.appendingPathComponent("ledger").path,
        ]
        var wrapper: [String] = []
        // The shell counts in blocks of 512 bytes.
        if let bytes { wrapper = ["/bin/sh", "-c", "ulimit -S -f \(bytes / 512); exec \"$0\" \"$@\""] }
        if isOrdinary, getuid() == 0 {
            wrapper = ["/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all"]
        }
        let program = try Program(
            name, arguments, environment: standard.merging(variables) { $1 }, in: folder, wrapper: wrapper)
        programs.withLock { programs in
            programs.removeAll { !$0.isRunning }
            programs.append(program)
        }
        return program
    }

    /// A server that leaves jobs to workers, and its port.
    func startServer(embedded: Bool = false) async throws -> (program: Program, port: Int) {
        let server = try start("ProcessFixture", "serve", with: ["WORKER_EMBEDDED": "\(embedded)"])
        return (server, try await server.port())
    }

    /// A worker that has begun to work.
    func startWorker(concurrency: Int = 4) async throws -> Program {
        let worker = try start("ProcessFixture", "worker", "--concurrency", "\(concurrency)")
        try await worker.line(with: "Worker started")
        return worker
    }

    /// Runs a command to its end and answers with what it says as JSON.
    func ask<Answer: Decodable>(_ type: Answer.Type, _ arguments: String...) async throws -> Answer {
        let variables = [
            "QUEUE_BACKEND": "database", "DATABASE_URL": "sqlite://jobs.sqlite", "LOG_LEVEL": "critical",
        ]
        let command = try Program("ProcessFixture", arguments + ["--json"], environment: variables, in: folder)
        let code = try await command.exitCode()
        guard code == 0 else {
            throw Program.Trouble(description: "\(arguments) ended with \(code): \(command.output)")
        }
        return try JSONDecoder().decode(type, from: Data(command.output.utf8))
    }

    // MARK: - Requests

    /// Sends a request. Answers with its status and the id that the server gave it.
    @discardableResult
    func send(
        _ path: String, isPost: Bool = true, to port: Int, within limit: Duration = .seconds(10)
    ) async throws -> (status: Int, requestID: String?) {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = isPost ? .POST : .GET
        let response = try await HTTPClient.shared.execute(request, timeout: TimeAmount(limit))
        _ = try await response.body.collect(upTo: 1 << 20)
        return (Int(response.status.code), response.headers.first(name: "x-request-id"))
    }

    // MARK: - The ledger

    /// The lines of a job's ledger.
    func ledger(_ number: Int) -> [String] {
        let file = folder.appendingPathComponent("ledger/\(number)")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init)
    }

    func hasEnded(_ number: Int) -> Bool { ledger(number).contains { $0.hasPrefix("end ") } }

    /// Waits until a condition holds; files do not say when they change, so it looks every 20 ms.
    func wait(for what: String, within limit: Duration = .seconds(20), until isDone: () -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while !isDone() {
            guard ContinuousClock.now < deadline else {
                let said = programs.withLock { $0 }.map { "\($0.pid):\n\($0.output)" }.joined(separator: "\n")
                throw Program.Trouble(description: "Waited \(limit) for \(what).\n\(said.suffix(8000))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func waitForEnds(of numbers: some Sequence<Int>, within limit: Duration = .seconds(20)) async throws {
        var open = Set(numbers)
        try await wait(for: "the jobs \(open.sorted().prefix(20))", within: limit) {
            open = open.filter { !hasEnded($0) }
            return open.isEmpty
        }
    }

    /// Says what is wrong with the database; "ok" if nothing is.
    func integrity() throws -> String {
        let database = try DatabaseQueue(path: folder.appendingPathComponent("jobs.sqlite").path)
        return try database.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") ?? "no answer" }
    }
}
