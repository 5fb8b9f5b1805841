// `plugins test NAME`: does a backend keep the contract, does a plugin live through a start and a stop. A backend is tested
// on dozens of empty stores in a folder of their own; the program's own jobs are not touched.

import ArgumentParser
import Foundation
import NightjarJobs
import NightjarTesting

/// Tests a plugin, or a backend.
struct PluginsTestCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "test",
            abstract: "Checks that a backend keeps its contract, and that a plugin starts and stops.",
            discussion: """
                One line for each check. The exit code is 1 if one of them fails. Backends are checked on empty stores \
                in a folder for temporary files; the program's own jobs are not touched.

                \(RootCommand.examples("plugins test database", "plugins test metrics"))
                """
        )
    }

    @Argument(help: "The name of a plugin that is linked, or of a backend.")
    var name: String

    func perform(in app: App, on console: Console) async throws {
        guard let linked = app.plugins?.linked else { return }
        let plugin = linked.plugins.first { $0.name == name }
        let backends = plugin?.backends ?? linked.testable.filter { $0.name == name }
        guard plugin != nil || !backends.isEmpty else { throw Self.unknown(name, among: linked) }
        var tally = Tally(console: console)
        if let plugin { try await Self.live(plugin, in: app, &tally) }
        for backend in backends { try await Self.conform(backend, &tally) }
        console.write("\n\(Words.count(tally.passed, "check")) passed, \(tally.failed) failed.")
        guard tally.failed == 0 else { throw CommandError("\(name) does not keep what it promises.") }
    }

    private struct Tally {
        let console: Console
        var passed = 0
        var failed = 0

        mutating func check(_ name: String, _ body: () async throws -> Void) async {
            do {
                try await body()
                passed += 1
                console.write("ok    \(name)")
            } catch {
                failed += 1
                console.write("FAIL  \(name)\n      \(Words.harmless("\(error)"))")
            }
        }
    }

    /// Walks a plugin through a life of its own, beside a queue in memory.
    private static func live(_ plugin: any Plugin, in app: App, _ tally: inout Tally) async throws {
        let linked = try LinkedPlugins([plugin])
        var configuration = app.configuration
        configuration.plugins = nil
        let queue = JobQueue(found: [], logger: app.logger)
        let life = Life()
        await tally.check("\(plugin.name) is configured") {
            life.plugins = try ActivePlugins(
                linked, app: app, queue: queue, configuration: configuration, logger: app.logger)
        }
        guard let plugins = life.plugins else { return }
        await tally.check("\(plugin.name) starts") { try await plugins.start() }
        await tally.check("a job runs beside \(plugin.name)") {
            let future = queue.background("plugins test") { "done" }
            try await JobRunner(queue, stopsWhenDrained: true).run()
            _ = try await future.value(timeout: .seconds(10))
        }
        await tally.check("\(plugin.name) stops in time") {
            guard await plugins.stop() else { throw CommandError("It was still stopping when the time was up.") }
        }
        await queue.close()
    }

    private final class Life {
        var plugins: ActivePlugins?
    }

    private static func conform(_ factory: BackendFactory, _ tally: inout Tally) async throws {
        guard let scratch = factory.scratch else {
            throw CommandError(
                "The backend \(factory.name) cannot be tested here: its BackendFactory says nothing of how to make an "
                    + "empty store (scratch:).")
        }
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        @Sendable func make(_ clock: JobClock, limit: Int?) async throws -> any JobBackend {
            let folder = root + "/\(UUID())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try await scratch(BackendScratch(clock: clock, folder: folder, limit: limit))
        }
        let limited: BackendConformance.MakeLimited = { clock, limit in try await make(clock, limit: limit) }
        let suite = BackendConformance(
            make: { clock in try await make(clock, limit: nil) }, makeLimited: factory.hasLimit ? limited : nil)
        for check in suite.checks { await tally.check(check.name) { try await check.run() } }
    }

    private static func unknown(_ name: String, among linked: LinkedPlugins) -> CommandError {
        let known = Array(Set(linked.plugins.map(\.name) + linked.testable.map(\.name))).sorted()
        let hint = Suggestion.nearest(to: name, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
        return CommandError(
            "There is no plugin and no backend \"\(name)\" in this program: it has \(known.joined(separator: ", ")).\(hint)"
        )
    }
}

extension LinkedPlugins {
    /// All backends that can be named to be tested.
    fileprivate var testable: [BackendFactory] {
        let memory = BackendFactory(
            name: "memory", make: { _, _ in MemoryBackend() }, hasLimit: true,
            scratch: { MemoryBackend(limit: $0.limit ?? 100_000, clock: $0.clock) })
        let brought = own + plugins.flatMap(\.backends)
        let builtIn = [memory, DatabaseBackend.factory]
        return brought + builtIn.filter { factory in !brought.contains { $0.name == factory.name } }
    }
}
