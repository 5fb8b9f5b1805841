import Foundation
import Testing

@testable import Nightjar

@Suite("config check")
struct ConfigCheckTests {
    private struct Shown: Decodable {
        var name: String
        var value: String
        var origin: String
    }

    private static let environment = [
        "APP_SECRET": "0123456789abcdef0123456789abcdef",
        "REDIS_URL": "redis://ada:p@ss/w?rd@cache.example:6379?x=geheim",
        "NUVOM_MAX_WORKERS": "3",
    ]

    @Test("shows every value and where it comes from, and no secret")
    func values() async throws {
        let redis = [BackendFactory(name: "redis", make: { _, _ in MemoryBackend() })]
        let configuration = try await AppConfiguration.load(
            environment: Self.environment, dotEnvPath: nil, backends: ["redis"])
        for arguments in [["config", "check", "--json"], ["config", "check"], ["config"]] {
            let answer = try await Operator.run(arguments, configuration, backends: redis)
            #expect(answer.code == 0)
            for secret in ["0123456789", "p@ss", "w?rd", "ada", "geheim"] { #expect(!answer.output.contains(secret)) }
            #expect(answer.output.contains("redis://(hidden)@cache.example:6379"))
            #expect(answer.output.contains("environment (NUVOM_MAX_WORKERS)"))
        }
        let shown = try await Operator.run(["config", "check", "--json"], configuration, backends: redis)
            .json([Shown].self)
        #expect(shown.map(\.name) == SettingsTable.rows(backends: ["redis"]).map(\.name))
        let without = try await Operator.run(["config", "check"], .testing)
        #expect(!without.output.contains("REDIS"))
        #expect(shown.first { $0.name == "WORKER_CONCURRENCY" }?.value == "3")
        #expect(shown.first { $0.name == "APP_SECRET" }?.value == "(hidden)")
        #expect(shown.first { $0.name == "PORT" }?.origin == "default")
    }

    @Test("says what becomes of jobs")
    func promise() async throws {
        #expect(try await Operator.run(["config", "check"], .testing).output.contains("end with the process"))
    }

    // NOBS-B12
    @Test(
        "addresses of databases name files",
        arguments: [
            ("sqlite://jobs.sqlite", "/srv/jobs.sqlite"), ("sqlite:jobs.sqlite", "/srv/jobs.sqlite"),
            ("sqlite:///var/jobs.db", "/var/jobs.db"), ("sqlite:/var/jobs.db", "/var/jobs.db"),
            ("SQLite://data/a b.sqlite", "/srv/data/a b.sqlite"),
        ])
    func databases(url: String, path: String) throws {
        #expect(try DatabaseURL(url).path(in: "/srv") == path)
    }

    @Test(
        "addresses of other databases, of none and of one that keeps nothing are refused in a sentence",
        arguments: [
            "postgres://ada:geheim@db/shop", "jobs.sqlite", "sqlite://", "sqlite:", "sqlite://:memory:", "sqlite:///",
        ])
    func otherDatabases(url: String) async throws {
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "database"
        configuration.databaseURL = url
        await #expect {
            _ = try await App(configuration: configuration)
        } throws: { error in
            "\(error)".hasPrefix("DATABASE_URL") && !"\(error)".contains("geheim") && error is ConfigurationError
        }
    }
}
