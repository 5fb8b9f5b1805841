// For an application that is made with Hummingbird alone: its own router and server, and jobs that know their request.
//
//     router.add(middleware: jobs.middleware())     binds currentRequest around what handlers do and around their bodies
//     application.addServices(jobs)                 runs the jobs; at shutdown they outlive the server and end in order
//
// There, `Request` is Hummingbird's and `currentRequest` is ours, with everything that travels into jobs. The body stays
// with Hummingbird's.

public import Hummingbird
public import Logging
public import NightjarJobs
public import ServiceLifecycle

/// Jobs for an application made with Hummingbird.
///
/// ```swift
/// let jobs = try await NightjarParts()
/// try jobs.queue.register(SendWelcome.self)
///
/// let router = Router()
/// router.add(middleware: jobs.middleware())
/// router.post("signup") { request, _ in
///     try await request.background(SendWelcome(email: "visitor@example.org"))
///     return HTTPResponse.Status.accepted
/// }
/// var application = Application(router: router)
/// application.addServices(jobs)
/// try await application.runService()
/// ```
/// Where both modules are imported, write `Hummingbird.Request` when you mean that one.
public struct NightjarParts: Service, JobEnqueuer {
    /// Where jobs wait.
    public let queue: JobQueue
    private let configuration: AppConfiguration
    private let settings: RequestSettings
    private let plugins: ActivePlugins

    /// Makes the parts.
    ///
    /// - Parameters:
    ///   - configuration: What of it is about jobs and their context is used; nil reads the environment over `.env`.
    ///   - plugins: What is linked into the program; all of them are active unless `PLUGINS` names those that are.
    ///   - backends: What can keep jobs besides memory and what plugins bring; `QUEUE_BACKEND` chooses one by its name.
    ///   - logger: Where workers report.
    /// - Throws: ``ConfigurationError`` with a sentence for everything that is wrong with the configuration.
    public init(
        configuration: AppConfiguration? = nil, plugins: [any Plugin] = [], backends: [BackendFactory] = [],
        logger: Logger = Logger(label: "nightjar.jobs")
    ) async throws {
        let linked = try LinkedPlugins(plugins, backends: backends)
        let chosen: AppConfiguration
        if let configuration {
            chosen = configuration
        } else {
            chosen = try await AppConfiguration.load(backends: backends.map(\.name), plugins: plugins)
        }
        self.configuration = chosen
        self.settings = try RequestSettings(
            baseURL: chosen.baseURL, bodyLimit: chosen.maxBodySize,
            showsErrors: chosen.environment != .production, contextHeaders: chosen.contextHeaders,
            secret: chosen.secret)
        self.queue = try await App.makeQueue(chosen, settings: settings, linked: linked, logger: logger)
        self.plugins = try ActivePlugins(linked, app: nil, queue: queue, configuration: chosen, logger: logger)
    }

    /// Where jobs wait.
    public var jobQueue: JobQueue { queue }

    /// Lets the values under a key travel into jobs.
    ///
    /// - Throws: As `App.carry` does.
    public func carry<Key: CarriedContextKey>(_ key: Key.Type) throws {
        try settings.carry(CarriedKey(key))
    }

    /// A middleware that makes each request the ``currentRequest`` of its handler, of its streamed body, and of the jobs
    /// it enqueues. Add it before the routes.
    public func middleware<Context: RequestContext>()
        -> any MiddlewareProtocol<Hummingbird.Request, Hummingbird.Response, Context>
    { CurrentRequestMiddleware(settings: settings) }

    /// Runs jobs until the service group shuts down or the task is cancelled.
    public func run() async throws {
        try await queue.open()
        do {
            try await plugins.start()
            try await JobRunner(queue, runsBackend: configuration.workerEmbedded).run()
        } catch {
            await end()
            throw error
        }
        await end()
    }

    private func end() async {
        await queue.hooks.drain()
        await plugins.stop()
        await queue.close()
    }
}

extension Hummingbird.Request: JobEnqueuer {
    /// The queue of the application this request came to, or of the one that is running.
    public var jobQueue: JobQueue {
        get throws {
            guard let queue = RunningQueue.current else { throw QueueError.noRunningApp }
            return queue
        }
    }
}

private struct CurrentRequestMiddleware<Context: RequestContext>: RouterMiddleware {
    let settings: RequestSettings

    func handle(
        _ incoming: Hummingbird.Request, context: Context,
        next: (Hummingbird.Request, Context) async throws -> Hummingbird.Response
    ) async throws -> Hummingbird.Response {
        let peer = (context as? any RemoteAddressRequestContext)?.remoteAddress
        let route = context.endpointPath
        let matched = context.parameters.map { (name: String($0.key), raw: $0.value) }
        var request = Request(
            head: incoming.head, body: OpenBody.closed, client: peer.map { .peer($0) }, settings: settings,
            logger: context.logger)
        if let route {
            request = request.derived(route: (route, RouteParameters(values: matched, route: route), nil))
        }
        return try await Request.$current.withValue(request) { [request] in
            var response = try await next(incoming, context)
            response.body = response.body.seeing(request)
            return response
        }
    }
}

extension Hummingbird.ResponseBody {
    /// The same body, written with a request as the current one.
    fileprivate func seeing(_ request: Request) -> Hummingbird.ResponseBody {
        Hummingbird.ResponseBody(contentLength: contentLength) { writer in
            try await Request.$current.withValue(request) { [writer] in try await self.write(writer) }
        }
    }
}
