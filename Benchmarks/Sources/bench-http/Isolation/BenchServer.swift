import Foundation
import Nightjar
import Synchronization

/// An app with one plain page, serving on a port of the system's choice.
struct BenchServer {
    let app: App
    let port: Int

    init() throws {
        let started = Started()
        Task.detached {
            do {
                var configuration = AppConfiguration()
                configuration.environment = .production
                let app = try await App(configuration: configuration)
                app.get("/") { _ in "Hello" }
                try await app.serve(host: "127.0.0.1", port: 0) { port in started.end(.success((app, port))) }
            } catch {
                started.end(.failure(error))
            }
        }
        (app, port) = try started.wait()
    }

    private final class Started: Sendable {
        private let result = Mutex<Result<(App, Int), any Error>?>(nil)
        private let bell = DispatchSemaphore(value: 0)

        func end(_ new: Result<(App, Int), any Error>) {
            result.withLock { $0 = $0 ?? new }
            bell.signal()
        }

        func wait() throws -> (App, Int) {
            bell.wait()
            guard let result = result.withLock({ $0 }) else {
                throw LoadError(description: "The server did not start.")
            }
            return try result.get()
        }
    }
}
