import Foundation
import TestSupport
import Testing

@testable import Nightjar

@Suite("deploy systemd", .timeLimit(.minutes(1)))
struct DeployTests {
    private func deploy(
        _ arguments: [String] = [], configuration: AppConfiguration = .testing,
        _ body: (Answer, _ web: String, _ worker: String, URL) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("units \(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let answer = try await Operator.run(
            ["deploy", "systemd", "--out", folder.path, "--name", "shop"] + arguments, configuration)
        let texts = ["web", "worker"].map { role in
            (try? String(contentsOf: folder.appendingPathComponent("shop-\(role).service"), encoding: .utf8)) ?? ""
        }
        try await body(answer, texts[0], texts[1], folder)
    }

    // ASOK-20, ASOK-22, ASOK-23, ASOK-X10
    @Test("writes a unit for pages and one for jobs")
    func units() async throws {
        try await deploy(["--program", "/srv/shop/shop", "--directory", "/srv/shop"]) { answer, web, worker, _ in
            #expect(answer.code == 0)
            #expect(web.contains("\nExecStart=/srv/shop/shop serve\n"))
            #expect(worker.contains("\nExecStart=/srv/shop/shop worker\n"))
            for unit in [web, worker] {
                for line in [
                    "User=shop", "WorkingDirectory=/srv/shop", "EnvironmentFile=/etc/shop.env", "Restart=always",
                    "NoNewPrivileges=true", "ProtectSystem=strict", "UMask=0077", "ProtectHome=true",
                    "Environment=QUEUE_BACKEND=database", "Environment=DATABASE_URL=sqlite:///var/lib/shop/shop.sqlite",
                    "StateDirectory=shop", "CapabilityBoundingSet=",
                ] {
                    #expect(unit.contains("\n\(line)\n"))
                }
                #expect(!unit.contains("{{") && !unit.contains("&amp;"))
            }
            #expect(web.contains("\nEnvironment=WORKER_EMBEDDED=false\n"))
        }
    }

    // ASOK-21, ASOK-23
    @Test("says how to install them, and how to read the logs")
    func steps() async throws {
        try await deploy { answer, _, _, _ in
            for step in [
                "sudo cp ", "/etc/systemd/system/", "sudo systemctl daemon-reload",
                "sudo systemctl enable shop-web shop-worker", "sudo systemctl start shop-web shop-worker",
                "journalctl -u shop-web -u shop-worker -f",
            ] {
                #expect(answer.output.contains(step))
            }
        }
    }

    @Test("the time to stop is longer than the shutdown limit")
    func stopping() async throws {
        var configuration = AppConfiguration.testing
        configuration.shutdownLimit = .seconds(90)
        try await deploy(configuration: configuration) { _, web, worker, _ in
            #expect(web.contains("\nTimeoutStopSec=100\n"))
            #expect(worker.contains("\nTimeoutStopSec=100\n"))
        }
    }

    @Test("a low port needs a capability, a database elsewhere a folder to write to, a home its folders to read")
    func circumstances() async throws {
        var configuration = try await AppConfiguration.load(
            environment: ["DATABASE_URL": "sqlite://data/jobs.sqlite"], dotEnvPath: nil)
        configuration.port = 443
        try await deploy(["--directory", "/home/ada/my shop"], configuration: configuration) { _, web, worker, _ in
            #expect(web.contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"))
            #expect(!worker.contains("AmbientCapabilities"))
            #expect(web.contains("\nReadWritePaths=\"/home/ada/my shop/data\"\n"))
            #expect(web.contains("\nProtectHome=read-only\n"))
            #expect(!web.contains("DATABASE_URL="))
        }
    }

    @Test("paths cannot smuggle anything into a unit")
    func quoting() async throws {
        try await deploy(["--program", "/srv/50% $HOME/a \"b\"", "--directory", "/srv/50%"]) { _, web, _, _ in
            #expect(web.contains(#"ExecStart="/srv/50%% $$HOME/a \"b\"" serve"#))
            #expect(web.contains("\nWorkingDirectory=/srv/50%%\n"))
        }
        for wrong in [["--directory", "srv"], ["--program", "/a\nUser=root"], ["--name", "a b"], ["--user", "-x"]] {
            try await deploy(wrong) { answer, _, _, _ in #expect(answer.code == 64) }
        }
    }

    @Test("units that somebody has changed are not replaced without being told to")
    func replacing() async throws {
        try await deploy { _, _, _, folder in
            let unit = folder.appendingPathComponent("shop-web.service")
            try Data("# mine\n".utf8).write(to: unit)
            let command = ["deploy", "systemd", "--out", folder.path, "--name", "shop"]
            let refused = try await Operator.run(command, .testing)
            #expect(refused.code == 1)
            #expect(refused.complaints.contains("--force"))
            #expect(try String(contentsOf: unit, encoding: .utf8) == "# mine\n")
            #expect(try await Operator.run(command + ["--force"], .testing).code == 0)
            #expect(try String(contentsOf: unit, encoding: .utf8).contains("ExecStart="))
        }
    }

    private static let systemdAnalyze = ["/usr/bin/systemd-analyze", "/bin/systemd-analyze"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    // ASOK-20
    @Test("systemd finds nothing wrong with the units", .enabled(if: systemdAnalyze != nil))
    func verify() async throws {
        try await deploy(["--program", "/bin/true", "--user", "root"]) { _, _, _, folder in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(Self.systemdAnalyze))
            process.arguments =
                ["verify", "--man=no"]
                + ["web", "worker"].map { folder.appendingPathComponent("shop-\($0).service").path }
            let output = Pipe()
            process.standardError = output
            process.standardOutput = output
            try process.run()
            let said = String(decoding: output.fileHandleForReading.untilEnd(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(said)")
            #expect(!said.contains("shop-"), "\(said)")
        }
    }
}
