import Foundation
import Testing

@testable import Nightjar

@Suite("Configuration")
struct AppConfigurationTests {
    /// A `.env` file with the given lines, for the length of a closure.
    private func withFile<Result>(_ text: String, _ body: (String) async throws -> Result) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("env-\(UUID().uuidString)").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    private func problems(_ environment: [String: String], dotEnv: String = "") async throws -> [String] {
        try await withFile(dotEnv) { path in
            do {
                _ = try await AppConfiguration.load(environment: environment, dotEnvPath: path)
                return []
            } catch let error as ConfigurationError {
                return error.problems
            }
        }
    }

    @Test("nothing set gives every default, and says so")
    func defaults() async throws {
        let configuration = try await AppConfiguration.load(environment: [:], dotEnvPath: nil)
        for row in SettingsTable.rows() {
            #expect(row.text(configuration) == row.text(AppConfiguration()))
            #expect(configuration.origin(of: row.name) == .fallback)
        }
        #expect(configuration.port == 8080)
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.queueBackend == "memory")
        #expect(configuration.workerQueues == ["high", "default", "low", "*"])
        #expect(configuration.maxRunTime == .seconds(3600))
    }

    static let values: [(name: String, text: String)] = [
        ("APP_ENV", "production"), ("HOST", "0.0.0.0"), ("PORT", "3000"), ("LOG_LEVEL", "debug"),
        ("BASE_URL", "https://shop.example"), ("APP_SECRET", "0123456789abcdef0123456789abcdef"),
        ("MAX_BODY_SIZE", "8MB"), ("MAX_CONNECTIONS", "500"), ("SHUTDOWN_LIMIT", "5s"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,::1"), ("CONTEXT_HEADERS", "x-tenant,x-region"),
        ("PLUGINS", "metrics,tracing"), ("QUEUE_BACKEND", "database"), ("DATABASE_URL", "sqlite:///tmp/a.sqlite"),
        ("DATABASE_SYNC", "full"), ("REDIS_URL", "redis://localhost"), ("BG_WORKERS", "4"), ("BG_PRIORITY", "normal"),
        ("WORKER_CONCURRENCY", "3"), ("WORKER_QUEUES", "mail,*"), ("WORKER_EMBEDDED", "false"),
        ("QUEUE_MAX_ATTEMPTS", "7"), ("QUEUE_MAX_RUN_TIME", "60s"), ("QUEUE_LIMIT", "500"),
        ("QUEUE_KEEP_COMPLETED", "60s"), ("QUEUE_KEEP_FAILED", "3600s"), ("MAIL_URL", "smtp://mail:25"),
        ("MAIL_FROM", "shop@example.org"), ("MAIL_REDIRECT_TO", "staging@example.org"),
    ]

    // NUVOM-B23, NUVOM-X9, DBT-20, NOBS-X1
    @Test("every variable is read from the environment, and from .env", arguments: values)
    func everyVariable(name: String, text: String) async throws {
        let row = try #require(SettingsTable.rows(backends: ["redis"]).first { $0.name == name })
        let set = try await AppConfiguration.load(environment: [name: text], dotEnvPath: nil, backends: ["redis"])
        #expect(row.text(set) == text)
        #expect(set.origin(of: name) == .environment(name: name))
        let file = try await withFile("# a comment\n\(name)=\"\(text)\"\n") {
            try await AppConfiguration.load(environment: [:], dotEnvPath: $0, backends: ["redis"])
        }
        #expect(row.text(file) == text)
        #expect(file.origin(of: name) == .file(name: name))
    }

    @Test("every variable of the table has a test value, or is tested with its partner")
    func complete() {
        let tested = Set(Self.values.map(\.name)).union(["TLS_CERTIFICATE", "TLS_PRIVATE_KEY"])
        #expect(tested == Set(SettingsTable.rows(backends: ["redis"]).map(\.name)))
    }

    // NUVOM-X19
    @Test("the environment wins over .env, and an empty variable is not set")
    func precedence() async throws {
        let configuration = try await withFile("PORT=1111\nHOST=10.0.0.1\n") {
            try await AppConfiguration.load(environment: ["PORT": "2222", "HOST": ""], dotEnvPath: $0)
        }
        #expect(configuration.port == 2222)
        #expect(configuration.host == "10.0.0.1")
    }

    // ASOK-15
    @Test("a production's .env with older names is understood as a whole")
    func productionFile() async throws {
        let file = """
            # background work
            ASOK_QUEUE_BACKEND="database"
            BG_WORKERS=4
            ASOK_WORKER_CONCURRENCY=8
            ASOK_WORKER_QUEUES='high,default,low'
            """
        let configuration = try await withFile(file) {
            try await AppConfiguration.load(environment: ["BG_WORKERS": "5"], dotEnvPath: $0)
        }
        #expect(configuration.queueBackend == "database")
        #expect(configuration.backgroundWorkers == 5)
        #expect(configuration.workerConcurrency == 8)
        #expect(configuration.workerQueues == ["high", "default", "low"])
        #expect(configuration.origin(of: "WORKER_QUEUES") == .file(name: "ASOK_WORKER_QUEUES"))
    }

    static let aliases: [(alias: String, name: String, text: String)] = [
        ("QUEUE_DRIVER", "QUEUE_BACKEND", "redis"), ("ASOK_QUEUE_BACKEND", "QUEUE_BACKEND", "redis"),
        ("NUVOM_QUEUE_BACKEND", "QUEUE_BACKEND", "database"), ("QUEUE_MEMORY_CONCURRENCY", "BG_WORKERS", "32"),
        ("NUVOM_MAX_WORKERS", "WORKER_CONCURRENCY", "6"), ("ASOK_WORKER_CONCURRENCY", "WORKER_CONCURRENCY", "6"),
        ("BACKGROUND_TASK_ASYNC_THREADS", "WORKER_CONCURRENCY", "6"),
        ("ASOK_WORKER_QUEUES", "WORKER_QUEUES", "a,b"), ("MAX_ATTEMPTS", "QUEUE_MAX_ATTEMPTS", "25"),
        ("MAX_RUN_TIME", "QUEUE_MAX_RUN_TIME", "90s"), ("ASOK_REDIS_URL", "REDIS_URL", "redis://a"),
    ]

    // NORI-16, ASOK-10, NUVOM-20, DBT-22
    @Test("the older names are understood, and remembered as where the value is from", arguments: aliases)
    func olderNames(alias: String, name: String, text: String) async throws {
        let row = try #require(SettingsTable.rows(backends: ["redis"]).first { $0.name == name })
        let configuration = try await AppConfiguration.load(
            environment: [alias: text], dotEnvPath: nil, backends: ["redis"])
        #expect(row.text(configuration) == text)
        #expect(configuration.origin(of: name) == .environment(name: alias))
    }

    @Test("two names that contradict each other are an error that names both")
    func contradiction() async throws {
        let problems = try await problems(["QUEUE_BACKEND": "memory", "QUEUE_DRIVER": "database"])
        let problem = try #require(problems.first)
        #expect(problem.contains("QUEUE_BACKEND=memory"))
        #expect(problem.contains("QUEUE_DRIVER=database"))
        #expect(problem.contains("contradict"))
    }

    @Test("two names that say the same, each in its own spelling, are fine")
    func agreement() async throws {
        #expect(try await problems(["QUEUE_BACKEND": "memory", "ASOK_QUEUE_BACKEND": "local"]).isEmpty)
        #expect(try await problems(["QUEUE_MAX_RUN_TIME": "60s", "MAX_RUN_TIME": "1m"]).isEmpty)
    }

    // ASOK-11
    @Test("ASOK_REDIS_URL wins over REDIS_URL, as it always did")
    func redisPrecedence() async throws {
        let configuration = try await AppConfiguration.load(
            environment: ["REDIS_URL": "redis://b", "ASOK_REDIS_URL": "redis://a"],
            dotEnvPath: nil,
            backends: ["redis"]
        )
        #expect(configuration.redisURL == "redis://a")
    }

    // AT-18, NORI-B4, NORI-16, NORI-X8, NUVOM-B27
    @Test(
        "a wrong value names the variable, the value and what is allowed",
        arguments: [
            ("QUEUE_BACKEND", "databse", "Did you mean \"database\"?"),
            ("QUEUE_BACKEND", "oracle", "one of memory, database, local"),
            ("APP_ENV", "prod", "Did you mean \"production\"?"),
            ("LOG_LEVEL", "warn", "Did you mean \"warning\"?"),
            ("BG_PRIORITY", "noraml", "Did you mean \"normal\"?"),
            ("PORT", "80a", "a whole number from 0 to 65535"), ("PORT", "70000", "from 0 to 65535"),
            ("BG_WORKERS", "0", "a whole number from 1 to"), ("WORKER_EMBEDDED", "maybe", "true or false"),
            ("MAX_BODY_SIZE", "-1", "512KB"), ("MAX_BODY_SIZE", "9999999999999GB", "512KB"),
            ("SHUTDOWN_LIMIT", "soon", "500ms"), ("SHUTDOWN_LIMIT", "0", "greater than zero"),
            ("BASE_URL", "shop.example", "https://"), ("TRUSTED_PROXIES", "10.0.0.0/99", "10.0.0.0/8"),
            ("WORKER_QUEUES", "high,,low", "commas between them"),
        ]
    )
    func wrongValues(name: String, value: String, hint: String) async throws {
        let found = try await problems([name: value])
        let problem = try #require(found.first)
        #expect(problem.contains("\(name)=\(value)"))
        #expect(problem.contains(hint))
        #expect(found.count == 1)
    }

    @Test("a wrong value under an older name is reported under that name")
    func wrongAlias() async throws {
        #expect(try await problems(["MAX_ATTEMPTS": "many"]).first?.contains("MAX_ATTEMPTS=many") == true)
    }

    @Test("all problems are reported at once")
    func allAtOnce() async throws {
        #expect(try await problems(["PORT": "x", "BG_WORKERS": "y"], dotEnv: "LOG_LEVEL=loud").count == 3)
    }

    @Test("a secret is never repeated in an error")
    func secrets() async throws {
        let found = try await problems(["APP_SECRET": "hunter2", "MAIL_URL": "hunter3"]).joined()
        #expect(found.contains("APP_SECRET") && found.contains("MAIL_URL"))
        #expect(!found.contains("hunter"))
    }

    @Test("TLS needs both files or none")
    func tlsPair() async throws {
        #expect(try await problems(["TLS_CERTIFICATE": "a.pem"]).first?.contains("TLS_PRIVATE_KEY") == true)
        #expect(try await problems(["TLS_CERTIFICATE": "a.pem", "TLS_PRIVATE_KEY": "b.pem"]).isEmpty)
    }

    @Test("a plugin's backend is allowed once it is named")
    func plugins() async throws {
        let environment = ["QUEUE_BACKEND": "mongo"]
        await #expect(throws: ConfigurationError.self) {
            try await AppConfiguration.load(environment: environment, dotEnvPath: nil)
        }
        let configuration = try await AppConfiguration.load(
            environment: environment,
            dotEnvPath: nil,
            backends: ["mongo"]
        )
        #expect(configuration.queueBackend == "mongo")
    }

    @Test("the help text has every variable with its default, and no secret's value")
    func help() {
        for row in SettingsTable.rows() { #expect(SettingsTable.help.contains("\(row.name)=")) }
        #expect(SettingsTable.help.contains("PORT=8080"))
        #expect(SettingsTable.help.split(separator: "\n").allSatisfy { $0.count <= 78 })
    }
}

@Suite("Did you mean")
struct SuggestionTests {
    @Test(
        "the nearest word within a slip or two",
        arguments: [("databse", "database"), ("memroy", "memory"), ("MEMORY", "memory"), ("data", "database")]
    )
    func near(text: String, word: String) {
        #expect(Suggestion.nearest(to: text, among: ["memory", "database", "redis"]) == word)
    }

    @Test("nothing rather than something far off", arguments: ["oracle", "x", "", "mysql"])
    func far(text: String) {
        #expect(Suggestion.nearest(to: text, among: ["memory", "database", "redis"]) == nil)
    }
}

@Suite("Trusted proxies")
struct TrustedProxiesTests {
    @Test(
        "the nearest address that is no trusted proxy is the client",
        arguments: [
            ("", "9.9.9.9", "1.1.1.1", "9.9.9.9"),
            ("10.0.0.0/8", "9.9.9.9", "1.1.1.1", "9.9.9.9"),
            ("10.0.0.0/8", "10.1.2.3", "1.1.1.1", "1.1.1.1"),
            ("10.0.0.0/8", "10.1.2.3", "6.6.6.6, 1.1.1.1, 10.9.9.9", "1.1.1.1"),
            ("10.0.0.0/8", "10.1.2.3", "10.0.0.1, 10.9.9.9", "10.0.0.1"),
            ("10.0.0.0/8", "10.1.2.3", "1.1.1.1, rubbish", "10.1.2.3"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "2001:db8::1", "2001:db8::1"),
            ("fd00::/8,::1", "::1", "1.1.1.1,fd12::1", "1.1.1.1"),
        ]
    )
    func client(trusted: String, peer: String, forwarded: String, expected: String) throws {
        let proxies = trusted.isEmpty ? TrustedProxies.none : try #require(TrustedProxies(trusted))
        #expect(proxies.client(peer: peer, forwarded: forwarded) == expected)
    }

    @Test(
        "what is no network is refused",
        arguments: ["", "10.0.0.0/33", "10.0.0", "proxy", "10.0.0.1,,", "1.1.1.1/a"]
    )
    func refused(text: String) {
        #expect(TrustedProxies(text) == nil)
    }
}
