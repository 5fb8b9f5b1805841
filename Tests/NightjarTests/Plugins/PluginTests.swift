// Plugins through the door a program uses: App(plugins:), the environment, the command line.

import Foundation
import Logging
import NightjarTesting
import Testing

@testable import Nightjar
@testable import NightjarJobs

/// A plugin that writes down what is done with it.
struct NotingPlugin: Plugin {
    var name = "noting"
    var neededVersion: String?
    var settings = [
        PluginSetting("PACE", default: "5s", "how fast"), PluginSetting("TOKEN", "who it is", isSecret: true),
    ]
    var backends: [BackendFactory] = []
    var complaint: String?
    var hangs = false
    let notes = Recorder<String>()

    struct Refusal: Error, CustomStringConvertible { let description: String }

    func configure(_ setup: PluginSetup) throws {
        notes.record("configure \(try setup.settings.duration("PACE"))")
        setup.use(JobMiddleware("noter", before: { [notes] _ in notes.record("before") }))
        setup.listen { [notes] event in notes.record("\(event.kind)") }
    }

    func start() async throws {
        if let complaint { throw Refusal(description: complaint) }
        notes.record("start")
    }

    func stop() async {
        if hangs { await Task { try? await Task.sleep(for: .seconds(3600)) }.value }
        notes.record("stop")
    }
}

@Suite("Plugins", .timeLimit(.minutes(1)))
struct PluginTests {
    private func load(_ environment: [String: String], _ plugins: [any Plugin]) async throws -> AppConfiguration {
        var configuration = try await AppConfiguration.load(
            environment: environment, dotEnvPath: nil, plugins: plugins)
        configuration.port = 0
        configuration.environment = .testing
        return configuration
    }

    private func app(_ environment: [String: String] = [:], _ plugins: any Plugin...) async throws -> App {
        try await App(
            configuration: try await load(environment, plugins), plugins: plugins, logger: LogCollector().logger)
    }

    private func refusal(_ environment: [String: String] = [:], _ plugins: any Plugin...) async -> String {
        do {
            _ = try await App(
                configuration: try await load(environment, plugins), plugins: plugins,
                logger: LogCollector().logger)
            return "none"
        } catch { return "\(error)" }
    }

    private func run(
        _ arguments: [String], _ environment: [String: String] = [:], _ plugins: [any Plugin]
    ) async throws -> Answer {
        let configuration = try await load(environment, plugins)
        return try await Operator.run(arguments, configuration, plugins: plugins)
    }

    // NUVOM-50
    @Test("are configured once, started once before the first job and stopped once after the last event")
    func life() async throws {
        let plugin = NotingPlugin()
        let app = try await app(["NOTING_PACE": "250ms"], plugin)
        #expect(plugin.notes.values == ["configure 0.25 seconds"])
        app.background { "done" }
        app.onStart { plugin.notes.record("app") }
        let serving = Task { try await app.serve(onReady: { _ in await app.shutdown() }) }
        try await serving.value
        #expect(plugin.notes.values.first == "configure 0.25 seconds")
        #expect(plugin.notes.values.last == "stop")
        let notes = plugin.notes.values
        for note in ["start", "app", "before", "succeeded", "stop"] {
            #expect(notes.count { $0 == note } == 1, "\(note)")
        }
        let start = try #require(notes.firstIndex(of: "start"))
        #expect(notes[..<start].allSatisfy { $0 != "app" && $0 != "before" })
    }

    struct Break: Job {
        static let name = "Break"
        static let options = JobOptions(retry: .never)
        func run(_ context: JobContext) async throws { throw CancellationError() }
    }

    @Test("every hook reads the request that caused the job")
    func currentRequestInHooks() async throws {
        let app = try await App(configuration: .testing, logger: LogCollector().logger)
        try app.register(Break.self)
        let seen = Recorder<String>()
        let look: @Sendable (String) throws -> Void = { seen.record("\($0) \(try currentRequest.path)") }
        app.queue.use(
            JobMiddleware(
                "look", enqueue: { _ in try look("enqueue") }, before: { _ in try look("before") },
                around: { _, body in
                    try look("around")
                    try await body()
                }, failed: { _, _ in try look("failed") }))
        let request = try makeRequest(.get, "/orders/7", settings: app.settings)
        let future = try await request.background(Break())
        let serving = Task { try await app.serve() }
        await #expect(throws: JobError.self) { try await future.value }
        await app.shutdown()
        try await serving.value
        #expect(
            seen.values == [
                "enqueue /orders/7", "before /orders/7", "around /orders/7", "failed /orders/7",
            ])
    }

    @Test("one that does not start stops the program with its sentence, and those before it are stopped")
    func refusesToStart() async throws {
        let first = NotingPlugin(name: "first")
        let second = NotingPlugin(name: "second", complaint: "the collector is away")
        let app = try await app([:], first, second)
        await #expect {
            try await app.serve()
        } throws: { "\($0)" == "The plugin second did not start: the collector is away" }
        #expect(first.notes.values.suffix(2) == ["start", "stop"])
        #expect(second.notes.values.count == 1)
    }

    @Test("one that hangs when it is to stop is left behind")
    func hangs() async throws {
        let plugin = NotingPlugin(hangs: true)
        var configuration = JobQueueConfiguration()
        configuration.hookTimeout = .milliseconds(20)
        let queue = JobQueue(configuration: configuration, logger: LogCollector().logger)
        let active = try ActivePlugins(
            try LinkedPlugins([plugin]), app: nil, queue: queue, configuration: .testing,
            logger: LogCollector().logger)
        try await active.start()
        #expect(await active.stop() == false)
    }

    // NUVOM-52
    @Test("PLUGINS says which are active; unset it is all, and none is none")
    func selection() async throws {
        func active(_ value: String?) async throws -> [String] {
            let plugins = [NotingPlugin(name: "one"), NotingPlugin(name: "two")]
            let app = try await app(value.map { ["PLUGINS": $0] } ?? [:], plugins[0], plugins[1])
            return plugins.filter { app.plugins?.isActive($0) == true }.map(\.name)
        }
        #expect(try await active(nil) == ["one", "two"])
        #expect(try await active("two") == ["two"])
        #expect(try await active("two, one") == ["one", "two"])
        #expect(try await active("none") == [])
    }

    // NUVOM-52
    @Test("a plugin that is not linked is an error that lists those that are")
    func unknown() async throws {
        let text = await refusal(["PLUGINS": "metrcs"], MetricsPlugin(), TracingPlugin())
        #expect(text.contains("PLUGINS=metrcs"))
        #expect(text.contains("it has metrics, tracing. Did you mean \"metrics\"?"))
        var configuration = AppConfiguration.testing
        configuration.plugins = ["metrics"]
        await #expect(throws: ConfigurationError.self) { _ = try await App(configuration: configuration) }
    }

    // NUVOM-51
    @Test("a plugin that needs a newer Nightjar, or whose name is none, does not start")
    func checked() async throws {
        #expect(await refusal([:], NotingPlugin(neededVersion: "99.1")).contains("needs Nightjar 99.1 or newer"))
        #expect(await refusal([:], NotingPlugin(neededVersion: nightjarVersion)) == "none")
        #expect(await refusal([:], NotingPlugin(name: "No Name")).contains("no name for one"))
        #expect(await refusal([:], NotingPlugin(), NotingPlugin()).contains("Two plugins are called \"noting\""))
    }

    @Test(
        "versions are compared number by number",
        arguments: [
            ("0.1.0", "0.1", true), ("0.10", "0.9", true), ("1", "1.0.1", false), ("2.0", "1.9.9", true),
        ])
    func versions(own: String, needed: String, isEnough: Bool) {
        #expect(LinkedPlugins.isVersion(own, atLeast: needed) == isEnough)
    }

    @Test("a setting that makes no sense stops the start, names its variable and hides a secret")
    func settings() async throws {
        #expect(
            await refusal(["NOTING_PACE": "soon"], NotingPlugin()).contains("NOTING_PACE=soon is not allowed"))
        let answer = try await run(
            ["config", "check"], ["NOTING_TOKEN": "geheim", "NOTING_PACE": "3s"], [NotingPlugin()])
        #expect(answer.output.contains("NOTING_PACE"))
        #expect(answer.output.contains("environment (NOTING_PACE)"))
        #expect(!answer.output.contains("geheim"))
        #expect(try await run(["--help"], [:], [NotingPlugin()]).output.contains("NOTING_PACE=5s"))
    }

    // NUVOM-24, NUVOM-48, NUVOM-20
    @Test("a plugin's backend is chosen by its name, and only if the plugin is active")
    func backend() async throws {
        let backend = SharedBackend(clock: .system)
        let plugin = NotingPlugin(backends: [BackendFactory(name: "shared", make: { _, _ in backend })])
        let app = try await app(["QUEUE_BACKEND": "shared"], plugin)
        #expect(app.queue.backend.traits.name == "shared")
        let text = await refusal(["QUEUE_BACKEND": "shared", "PLUGINS": "none"], plugin)
        #expect(text.contains("the plugin noting, which PLUGINS leaves out"))
        let unknown = await refusal(["QUEUE_BACKEND": "shard"], plugin)
        #expect(unknown.contains("one of memory, database, shared"))
        #expect(unknown.contains("Did you mean \"shared\"?"))
        #expect(try await run(["--help"], [:], [plugin]).output.contains("one of memory, database, shared"))
    }

    @Test("the list says what each adds and what it was told", arguments: [false, true])
    func list(json: Bool) async throws {
        let plugins: [any Plugin] = [NotingPlugin(), MetricsPlugin()]
        let environment = ["PLUGINS": "noting", "NOTING_PACE": "3s", "NOTING_TOKEN": "geheim"]
        let answer = try await run(["plugins", "list"] + (json ? ["--json"] : []), environment, plugins)
        #expect(answer.code == 0)
        #expect(answer.output.contains("middleware noter"))
        #expect(!answer.output.contains("geheim"))
        guard json else {
            #expect(answer.output.contains("NOTING_PACE=3s"))
            #expect(answer.output.contains("METRICS_INTERVAL=15s"))
            return
        }
        struct Listed: Decodable {
            var name: String
            var active: Bool
            var adds: [String]
        }
        let listed = try answer.json([Listed].self)
        #expect(listed.map(\.name) == ["noting", "metrics"])
        #expect(listed.map(\.active) == [true, false])
        #expect(listed[0].adds == ["middleware noter", "listener"])
    }

    // NUVOM-53
    @Test("a backend that keeps its contract passes, one that does not ends with 1, an unknown one is said")
    func test() async throws {
        struct Forgetful: Error {}
        let broken = BackendFactory(
            name: "broken", make: { _, _ in MemoryBackend() }, scratch: { _ in throw Forgetful() })
        let plugins: [any Plugin] = [NotingPlugin(name: "broken", backends: [broken]), NotingPlugin(name: "sound")]
        let memory = try await run(["plugins", "test", "memory"], [:], plugins)
        #expect(memory.code == 0)
        #expect(memory.output.contains("ok    a job is handed out once"))
        #expect(memory.output.contains(" 0 failed."))
        let sound = try await run(["plugins", "test", "sound"], [:], plugins)
        #expect(sound.code == 0)
        #expect(sound.output.contains("ok    a job runs beside sound"))
        let failing = try await run(["plugins", "test", "broken"], [:], plugins)
        #expect(failing.code == 1)
        #expect(failing.output.contains("FAIL  a job is handed out once"))
        #expect(failing.complaints.contains("broken does not keep what it promises"))
        let unknown = try await run(["plugins", "test", "memry"], [:], plugins)
        #expect(unknown.code == 1)
        #expect(unknown.complaints.contains("Did you mean \"memory\"?"))
    }
}
