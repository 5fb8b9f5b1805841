// The application: what is declared on it (routes, services, what to do at the start), what it was told by the place it
// runs in (the configuration), and the queue its jobs wait in. Declaring does nothing yet; `run` reads the command line
// and does what it says (App+run.swift), which is nearly always to serve (App+serve.swift).

public import Logging
public import NightjarJobs
public import NightjarMail
public import ServiceLifecycle
import Synchronization

/// A web application with a queue of jobs.
///
/// ```swift
/// let app = try await App()                                   // reads .env and the environment
/// app.get("/hello/:name") { request in "Hello \(try request.parameters["name"])" }
/// try await app.run()                                         // serves, unless the command line says otherwise
/// ```
public final class App: RouteBuilder {
    struct Declarations {
        var services: [any Service] = []
        var startActions: [@Sendable () async throws -> Void] = []
        var group: ServiceGroup?
        var hasStarted = false
        var stoppedAt: ContinuousClock.Instant?
    }

    /// What the application was told by the place it runs in.
    public let configuration: AppConfiguration
    /// What a client may cost.
    public let limits: ServerLimits
    /// The application's logger. What it logs about a request carries that request's id.
    public let logger: Logger
    /// Where jobs wait.
    public let queue: JobQueue
    private let house = Mutex<ActivePlugins?>(nil)
    /// How mails leave; in testing its transport is a `MemoryTransport` that tells what was sent.
    public let mailer: Mailer
    /// Where the application keeps its routes.
    public let routeScope = RouteScope()

    package let settings: RequestSettings
    let declarations = Mutex(Declarations())

    /// The templates that handlers render.
    public var templates: Templates { settings.templates }

    /// Makes an application.
    ///
    /// - Parameters:
    ///   - configuration: What it is told; nil reads the environment over `.env` over the defaults.
    ///   - limits: What a client may cost.
    ///   - plugins: What is linked into the program; all of them are active unless `PLUGINS` names those that are.
    ///   - backends: What can keep jobs besides memory and what plugins bring; `QUEUE_BACKEND` chooses one by its name.
    ///   - logger: Where it logs; nil makes a logger with the level of `LOG_LEVEL`.
    /// - Throws: ``ConfigurationError`` with a sentence for everything that is wrong with the configuration.
    public init(
        configuration: AppConfiguration? = nil,
        limits: ServerLimits = ServerLimits(),
        plugins: [any Plugin] = [],
        backends: [BackendFactory] = [],
        logger: Logger? = nil
    ) async throws {
        let linked = try LinkedPlugins(plugins, backends: backends)
        let chosen: AppConfiguration
        if let configuration {
            chosen = configuration
        } else {
            chosen = try await AppConfiguration.load(backends: backends.map(\.name), plugins: plugins)
        }
        var log = logger ?? Logger(label: "nightjar")
        if logger == nil { log.logLevel = chosen.logLevel }
        self.configuration = chosen
        self.limits = limits
        self.logger = log
        self.settings = try RequestSettings(
            baseURL: chosen.baseURL,
            bodyLimit: chosen.maxBodySize,
            showsErrors: chosen.environment != .production,
            contextHeaders: chosen.contextHeaders,
            secret: chosen.secret
        )
        self.queue = try await App.makeQueue(chosen, settings: settings, linked: linked, logger: log)
        self.mailer = try queue.mailer
        let active = try ActivePlugins(linked, app: self, queue: queue, configuration: chosen, logger: log)
        house.withLock { $0 = active }
        if let outbox = mailer.transport as? Outbox { MailPreview(outbox: outbox).mount(on: self) }
    }

    /// The plugins that are linked and those of them that are active. Set once, before the application is handed out.
    var plugins: ActivePlugins? { house.withLock { $0 } }

    /// Runs a service as long as the application runs: a connection pool, a watcher. It starts before the server does
    /// and stops after the last job, so that handlers and jobs can rely on it.
    public func add(service: some Service) {
        declare("service \(type(of: service))") { $0.services.append(service) }
    }

    /// Does something when the services run and before the first request is accepted.
    ///
    /// - Parameter action: What to do. If it throws, the application does not start.
    public func onStart(_ action: @escaping @Sendable () async throws -> Void) {
        declare("start action") { $0.startActions.append(action) }
    }

    func declare(_ what: String, _ change: (inout Declarations) -> Void) {
        let isLate = declarations.withLock { declarations in
            if !declarations.hasStarted { change(&declarations) }
            return declarations.hasStarted
        }
        if isLate { logger.error("Ignored: the application has started already", metadata: ["added": .string(what)]) }
    }
}
