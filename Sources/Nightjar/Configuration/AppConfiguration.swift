// Everything about an application that is decided where it runs and not in its code. A value type with a default for
// every field: tests make one by hand, programs `load` one from the environment over `.env` over the defaults.
//
// The table in SettingsTable.swift says which variable fills which field; this file says what the fields are.

import Configuration
public import Logging
public import NightjarJobs

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The stage an application runs in.
public enum AppEnvironment: String, CaseIterable, Sendable {
    /// On the machine of the person who writes it: errors are shown in the browser, mail is previewed.
    case development
    /// Inside tests.
    case testing
    /// In front of its users: no error text leaves the process.
    case production
}

/// What an application is told by the place it runs in.
///
/// ```swift
/// let configuration = try await AppConfiguration.load()       // environment over .env over defaults
/// let app = try await App(configuration: configuration)
/// ```
public struct AppConfiguration: Sendable {
    /// The stage the application runs in (`APP_ENV`).
    public var environment = AppEnvironment.development
    /// The address to listen on (`HOST`).
    public var host = "127.0.0.1"
    /// The port to listen on (`PORT`); 0 lets the system choose.
    public var port = 8080
    /// How much is logged (`LOG_LEVEL`).
    public var logLevel = Logger.Level.info
    /// How links back to the application begin (`BASE_URL`).
    public var baseURL: String?
    /// The application's secret (`APP_SECRET`), from which the keys for sealed values are derived.
    public var secret: String?
    /// The largest request body that a route accepts unless it says otherwise (`MAX_BODY_SIZE`).
    public var maxBodySize = ByteCount.megabytes(2)
    /// How many connections are served at once (`MAX_CONNECTIONS`); further ones wait to be accepted.
    public var maxConnections: Int?
    /// How long a shutdown may take before what is still running is cancelled (`SHUTDOWN_LIMIT`).
    public var shutdownLimit = Duration.seconds(30)
    /// Whose `X-Forwarded-For` is believed (`TRUSTED_PROXIES`).
    public var trustedProxies = TrustedProxies.none
    /// The file with the certificate chain in PEM form (`TLS_CERTIFICATE`).
    public var tlsCertificate: String?
    /// The file with the private key in PEM form (`TLS_PRIVATE_KEY`).
    public var tlsPrivateKey: String?
    /// Headers that jobs may read besides the usual four (`CONTEXT_HEADERS`).
    public var contextHeaders: [String] = []
    /// The plugins that are active (`PLUGINS`): nil for all that are linked, `["none"]` for none.
    public var plugins: [String]?
    /// What the variables of plugins say, by the names of the variables; those that nobody set are not in it.
    public var pluginSettings: [String: String] = [:]
    /// The name of the backend that keeps jobs (`QUEUE_BACKEND`): `memory`, `database` or a plugin's.
    public var queueBackend = "memory"
    /// Where the `database` backend keeps its jobs (`DATABASE_URL`).
    public var databaseURL = "sqlite://nightjar.sqlite"
    /// What an answer of the `database` backend waits for (`DATABASE_SYNC`).
    public var databaseSync = DatabaseSync.normal
    /// Where a backend of the name `redis` keeps its jobs (`REDIS_URL`), in programs that have one.
    public var redisURL: String?
    /// How many jobs run at once in the serving process (`BG_WORKERS`).
    public var backgroundWorkers = 10
    /// How the threads of those jobs compete with pages (`BG_PRIORITY`).
    public var backgroundPriority = ThreadPool.Priority.background
    /// How many jobs run at once in a `worker` process (`WORKER_CONCURRENCY`).
    public var workerConcurrency = 10
    /// The queues to pull from, the most urgent first (`WORKER_QUEUES`); `*` stands for any other queue.
    public var workerQueues = ["high", "default", "low", "*"]
    /// Whether the serving process also runs jobs (`WORKER_EMBEDDED`).
    public var workerEmbedded = true
    /// How often a job is tried unless it says otherwise (`QUEUE_MAX_ATTEMPTS`).
    public var maxAttempts = 5
    /// How long one attempt may run unless the job says otherwise (`QUEUE_MAX_RUN_TIME`).
    public var maxRunTime = Duration.seconds(3600)
    /// How many jobs may wait (`QUEUE_LIMIT`): unless set, 100 000 in memory and as many as the disk holds in a database.
    public var queueLimit: Int?
    /// How long completed and cancelled jobs are kept (`QUEUE_KEEP_COMPLETED`).
    public var keepCompleted = Duration.seconds(24 * 3600)
    /// How long dead letters are kept (`QUEUE_KEEP_FAILED`).
    public var keepFailed = Duration.seconds(30 * 24 * 3600)
    /// The server that mail is handed to (`MAIL_URL`).
    public var mailURL: String?
    /// The sender of mail that names none (`MAIL_FROM`).
    public var mailFrom: String?
    /// Where every mail goes in place of its recipients (`MAIL_REDIRECT_TO`).
    public var mailRedirectTo: String?
    /// The folder for mails that stay on a developer's machine; nil for `.nightjar/mail`. Tests have one of their own.
    package var mailOutbox: String?

    /// Where the values come from, for those that somebody set.
    var origins: [String: SettingOrigin] = [:]

    /// The defaults.
    public init() {}

    /// Reads the configuration from the environment over `.env` over the defaults.
    ///
    /// - Parameters:
    ///   - environment: The variables to read; nil for those of the process.
    ///   - dotEnvPath: The file to read what the environment does not have. It need not exist.
    ///   - backends: Names that `QUEUE_BACKEND` may have besides the built-in ones and those of plugins.
    ///   - plugins: The plugins whose variables are read.
    /// - Throws: ``ConfigurationError`` with a sentence for every problem.
    public static func load(
        environment: [String: String]? = nil,
        dotEnvPath: String? = ".env",
        backends: [String] = [],
        plugins: [any Plugin] = []
    ) async throws -> AppConfiguration {
        let variables = EnvironmentVariablesProvider(
            environmentVariables: environment ?? ProcessInfo.processInfo.environment
        )
        var sources = [
            SettingsSource(
                origin: { .environment(name: $0) },
                value: { try? variables.environmentValue(forName: $0) }
            )
        ]
        if let dotEnvPath {
            let file: EnvironmentVariablesProvider
            do {
                file = try await EnvironmentVariablesProvider(environmentFilePath: path(dotEnvPath), allowMissing: true)
            } catch {
                throw ConfigurationError("The file \(dotEnvPath) cannot be read: \(error).")
            }
            sources.append(
                SettingsSource(
                    origin: { .file(name: $0) },
                    value: { (try? file.environmentValue(forName: $0))?.flatMap(unquoted) }
                )
            )
        }
        return try read(from: sources, backends: backends, linked: LinkedPlugins(plugins))
    }

    /// Where the value of a variable comes from.
    ///
    /// - Parameter variable: The variable's present name, such as `QUEUE_BACKEND`.
    public func origin(of variable: String) -> SettingOrigin {
        origins[variable] ?? .fallback
    }

    private static func read(
        from sources: [SettingsSource], backends: [String], linked: LinkedPlugins
    ) throws -> AppConfiguration {
        var reader = SettingsReader(sources: sources)
        for setting in SettingsTable.rows(backends: backends + linked.backendNames) { reader.read(setting) }
        for plugin in linked.plugins { reader.read(plugin) }
        var problems = reader.problems
        if !linked.plugins.isEmpty, let wanted = reader.configuration.plugins {
            problems += linked.problems(with: wanted)
        }
        if (reader.configuration.tlsCertificate == nil) != (reader.configuration.tlsPrivateKey == nil) {
            problems.append("TLS needs both files: set TLS_CERTIFICATE and TLS_PRIVATE_KEY, or neither.")
        }
        problems += MailSetup(reader.configuration).problems
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return reader.configuration
    }

    /// A file path of whichever system module the configuration library was built with, without importing that module.
    private static func path<Path: ExpressibleByStringLiteral>(_ text: String) -> Path
    where Path.StringLiteralType == String {
        Path(stringLiteral: text)
    }

    /// A value of a `.env` file without the quotes around it.
    private static func unquoted(_ text: String) -> String {
        guard text.count > 1, let first = text.first, first == text.last, first == "\"" || first == "'" else {
            return text
        }
        return String(text.dropFirst().dropLast())
    }
}
