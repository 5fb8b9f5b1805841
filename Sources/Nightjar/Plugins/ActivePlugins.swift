// The plugins of one application through its life: configured when it is made, started before anything runs, stopped after
// the last job. Each of these happens once.

import Logging
import NightjarJobs
import Synchronization

final class ActivePlugins: Sendable {
    let linked: LinkedPlugins
    private let active: [(plugin: any Plugin, setup: PluginSetup)]
    private let started = Mutex<[any Plugin]>([])
    private let logger: Logger
    private let hooks: JobHooks

    /// Configures the plugins that a configuration asks for.
    /// - Throws: ``ConfigurationError`` if there is no such plugin; what a plugin throws, with its name.
    init(_ linked: LinkedPlugins, app: App?, queue: JobQueue, configuration: AppConfiguration, logger: Logger) throws {
        self.linked = linked
        self.logger = logger
        self.hooks = queue.hooks
        active = try linked.active(in: configuration).map { plugin in
            let setup = PluginSetup(
                plugin, app: app, queue: queue, configuration: configuration, logger: logger)
            do { try plugin.configure(setup) } catch let error as ConfigurationError { throw error } catch {
                throw PluginError(plugin: plugin.name, what: "cannot be configured", error: error)
            }
            return (plugin, setup)
        }
    }

    func isActive(_ plugin: any Plugin) -> Bool { active.contains { $0.plugin.name == plugin.name } }

    /// What an active plugin added, in words.
    func additions(of plugin: any Plugin) -> [String] {
        active.first { $0.plugin.name == plugin.name }?.setup.additions ?? []
    }

    /// Starts them in the order in which they were linked. If one does not start, those before it are stopped.
    func start() async throws {
        for (plugin, _) in active {
            do { try await plugin.start() } catch {
                await stop()
                throw PluginError(plugin: plugin.name, what: "did not start", error: error)
            }
            started.withLock { $0.append(plugin) }
        }
    }

    /// Stops those that were started, the last first; one that hangs is left behind. Answers whether all stopped in time.
    @discardableResult
    func stop() async -> Bool {
        let plugins = started.withLock { started in
            defer { started = [] }
            return started
        }
        var isInTime = true
        for plugin in plugins.reversed() where await !hooks.call({ await plugin.stop() }) {
            isInTime = false
            logger.error("A plugin did not stop in time; left behind", metadata: ["plugin": "\(plugin.name)"])
        }
        return isInTime
    }
}

/// What a plugin could not do.
struct PluginError: Error, CustomStringConvertible {
    let plugin: String
    let what: String
    let error: any Error

    var description: String { "The plugin \(plugin) \(what): \(error)" }
}
