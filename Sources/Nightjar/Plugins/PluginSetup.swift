public import Logging
public import NightjarJobs
import Synchronization

/// What a plugin is given to add its things to.
public final class PluginSetup: Sendable {
    /// The application; `nil` where jobs belong to an application made with Hummingbird alone.
    public let app: App?
    /// The application's queue.
    public let queue: JobQueue
    /// What the application was told.
    public let configuration: AppConfiguration
    /// What the plugin itself was told.
    public let settings: PluginSettings
    /// A logger with the plugin's name on every line.
    public let logger: Logger
    private let name: String
    private let added = Mutex<[String]>([])

    init(_ plugin: any Plugin, app: App?, queue: JobQueue, configuration: AppConfiguration, logger: Logger) {
        var logger = logger
        logger[metadataKey: "plugin"] = "\(plugin.name)"
        self.name = plugin.name
        self.app = app
        self.queue = queue
        self.configuration = configuration
        self.settings = PluginSettings(of: plugin, configuration)
        self.logger = logger
    }

    /// Adds hooks around every job.
    public func use(_ middleware: JobMiddleware) {
        queue.use(middleware)
        added.withLock { $0.append("middleware \(middleware.name)") }
    }

    /// Calls a function for everything that happens to jobs in this process, as ``NightjarJobs/JobQueue/listen(_:buffer:_:)``
    /// says.
    public func listen(_ handle: @escaping @Sendable (JobEvent) async throws -> Void) {
        queue.listen(name, handle)
        added.withLock { $0.append("listener") }
    }

    /// What was added, in words.
    var additions: [String] { added.withLock { $0 } }
}
