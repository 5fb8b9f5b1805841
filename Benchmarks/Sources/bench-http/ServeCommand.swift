// The servers that are visited: a Nightjar app, or Hummingbird alone as the floor. Each is a process of its own, so that
// what it uses can be told from what the visitor uses.

import ArgumentParser
import BenchKit
import Foundation
import Hummingbird
import Logging
import Nightjar

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "A server to be visited; prints its port.", shouldDisplay: false)

    enum Kind: String, ExpressibleByArgument { case memory, database, hummingbird }

    @Argument var kind: Kind
    @Option(help: "Where a database goes.") var file = "nightjar.sqlite"

    func run() async throws {
        // Written, as it is by default, but not shown.
        let nowhere = open("/dev/null", O_WRONLY)
        if nowhere >= 0 { dup2(nowhere, 2) }
        printLineByLine()
        // Not left behind when whoever started it is gone.
        let parent = getppid()
        Thread {
            while getppid() == parent { sleep(1) }; _exit(0)
        }.start()
        switch kind {
        case .memory: try await serveApp("memory")
        case .database: try await serveApp("database")
        case .hummingbird: try await serveFloor()
        }
    }

    private func serveApp(_ backend: String) async throws {
        var configuration = AppConfiguration()
        configuration.environment = .production
        configuration.queueBackend = backend
        configuration.databaseURL = "sqlite://\(file)"
        let app = try await App(configuration: configuration)
        try app.register(Order.self)
        app.get("/") { _ in "Hello" }
        app.get("/job") { request in
            try await request.background(Order(number: 7, email: "visitor-7@example.com", amount: 0.07))
            return "Hello"
        }
        app.get("/closure") { request in
            request.background { _ = request.path }
            return "Hello"
        }
        try await app.serve(host: "127.0.0.1", port: 0) { Self.say($0) }
    }

    private func serveFloor() async throws {
        let router = Router()
        router.get("/") { _, _ in "Hello" }
        router.get("/task") { _, _ in
            Task { try await Task.sleep(for: .zero) }
            return "Hello"
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { Self.say($0.localAddress?.port ?? 0) }, logger: Logger(label: "floor"))
        try await application.runService()
    }

    private static func say(_ port: Int) { print(port) }
}

/// A job of three fields that has nothing to do.
struct Order: Job {
    var number: Int
    var email: String
    var amount: Double
    func run(_ context: JobContext) async throws -> Int { number }
}
