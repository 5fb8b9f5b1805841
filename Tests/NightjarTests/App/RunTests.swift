import Logging
import Synchronization
import Testing

@testable import Nightjar

@Suite("The command line", .timeLimit(.minutes(1)))
struct RunTests {
    /// Runs the arguments and gives back the exit code and what was said.
    private func run(
        _ arguments: [String],
        configuration: AppConfiguration = .testing,
        declare: (App) -> Void = { _ in }
    ) async throws -> (code: Int32, output: String, complaints: String) {
        let said = Mutex((output: "", complaints: ""))
        let app = try await App(configuration: configuration, logger: LogCollector().logger)
        declare(app)
        let console = Console(
            write: { line in said.withLock { $0.output += line + "\n" } },
            complain: { line in said.withLock { $0.complaints += line + "\n" } }
        )
        let code = await app.run(arguments: arguments, console: console)
        return said.withLock { (code, $0.output, $0.complaints) }
    }

    @Test("--help names the commands, an example and every variable, and is no failure", arguments: ["--help", "-h"])
    func help(flag: String) async throws {
        let (code, output, complaints) = try await run([flag])
        #expect(code == 0)
        #expect(complaints.isEmpty)
        for word in ["serve", "--host 0.0.0.0", "QUEUE_BACKEND=memory", "MAX_RUN_TIME"] {
            #expect(output.contains(word))
        }
    }

    @Test(
        "a command line that makes no sense is exit code 64 with a sentence",
        arguments: [["fly"], ["serve", "--port", "x"], ["serve", "--port", "70000"], ["serve", "--nonsense"]]
    )
    func wrong(arguments: [String]) async throws {
        let (code, output, complaints) = try await run(arguments)
        #expect(code == 64)
        #expect(output.isEmpty)
        #expect(complaints.contains("Usage:"))
    }

    @Test("--version is the version")
    func version() async throws {
        let (code, output, _) = try await run(["--version"])
        #expect(code == 0)
        #expect(output == "Nightjar \(nightjarVersion)\n")
    }

    @Test("a port in use is one sentence and exit code 1")
    func portInUse() async throws {
        try await withRunningApp { _ in
        } _: { _, port in
            let (code, _, complaints) = try await run(["serve", "--port", "\(port)"])
            #expect(code == 1)
            #expect(complaints.hasPrefix("Port \(port) on 127.0.0.1 is in use by another program"))
            #expect(complaints.split(separator: "\n").count == 1)
        }
    }

    @Test(
        "an address that is not ours, or none at all, is one sentence and exit code 1",
        arguments: ["192.0.2.1", "no such host", "host.invalid"]
    )
    func badAddress(host: String) async throws {
        let (code, _, complaints) = try await run(["serve", "--host", host])
        #expect(code == 1)
        #expect(complaints.contains(host))
        #expect(complaints.split(separator: "\n").count == 1)
    }

    @Test("a start action that throws stops the start")
    func startAction() async throws {
        struct NoDatabase: Error, CustomStringConvertible { let description = "The database is away." }
        let (code, _, complaints) = try await run([]) { app in app.onStart { throw NoDatabase() } }
        #expect(code == 1)
        #expect(complaints == "The database is away.\n")
    }

    // NORI-B4, NORI-17, NORI-X12, AT-18
    @Test("a backend that is not part of the program is an error, never memory", arguments: ["redis"])
    func missingBackend(name: String) async throws {
        var configuration = AppConfiguration.testing
        configuration.queueBackend = name
        await #expect {
            _ = try await App(configuration: configuration)
        } throws: { error in
            "\(error)".contains("QUEUE_BACKEND=\(name)") && error is ConfigurationError
        }
    }

    @Test("an application runs once, and what is added later is reported")
    func once() async throws {
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { _ in
        } _: { app, _ in
            await #expect(throws: ServeError.startedTwice) { try await app.serve() }
            app.onStart {}
        }
        #expect(logs.lines.contains { $0.level == .error && $0.message.contains("has started already") })
    }

    @Test("a certificate that cannot be read is said with its variable's name")
    func certificate() async throws {
        var configuration = AppConfiguration.testing
        configuration.tlsCertificate = "/nonexistent/certificate.pem"
        configuration.tlsPrivateKey = "/nonexistent/key.pem"
        let (code, _, complaints) = try await run([], configuration: configuration)
        #expect(code == 1)
        #expect(complaints.contains("TLS_CERTIFICATE=/nonexistent/certificate.pem"))
    }
}
