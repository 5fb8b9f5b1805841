// What a plugin is: something linked into the program that the program's code need not know. It can add backends, hooks
// around jobs and listeners, and it can start and stop with the program.
//
//     App(plugins: […]) ──► which are active (PLUGINS), their settings ──► configure ┄┄ run: start … stop
//
// Plugins are values of types that the compiler has checked against this protocol; nothing is looked for by name at run
// time, and nothing is loaded.

import NightjarJobs

/// Something that can be linked into any application.
///
/// ```swift
/// let app = try await App(plugins: [MetricsPlugin(), TracingPlugin()])
/// ```
/// All plugins that are linked are active, unless `PLUGINS=metrics,tracing` names those that are, or `PLUGINS=none`.
public protocol Plugin: Sendable {
    /// What it is called in `PLUGINS`, in logs and lists: small letters, digits and `-`, beginning with a letter.
    var name: String { get }

    /// The oldest version of Nightjar it can work with, such as `0.1`; `nil` if any will do. An older one does not start.
    var neededVersion: String? { get }

    /// The variables that configure it.
    var settings: [PluginSetting] { get }

    /// The backends it brings along; `QUEUE_BACKEND` chooses one by its name.
    var backends: [BackendFactory] { get }

    /// Adds what it has to add. Called once, when the application is made and before anything runs, on active plugins only.
    /// - Throws: A sentence for whoever starts the program; it does not start then.
    func configure(_ setup: PluginSetup) throws

    /// Called once when the application serves or works, before its services and jobs start.
    /// - Throws: A sentence for whoever starts the program; it does not start then.
    func start() async throws

    /// Called once after the last job and the last event, if it was started. It is not waited for longer than a hook is.
    func stop() async
}

extension Plugin {
    /// Any version.
    public var neededVersion: String? { nil }
    /// None.
    public var settings: [PluginSetting] { [] }
    /// None.
    public var backends: [BackendFactory] { [] }
    /// Nothing to add.
    public func configure(_ setup: PluginSetup) throws {}
    /// Nothing to start.
    public func start() async throws {}
    /// Nothing to stop.
    public func stop() async {}
}
