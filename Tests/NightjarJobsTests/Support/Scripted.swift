// A typed job that does what a test says. The value that is stored is a key; what it stands for stays in this process.

import NightjarJobs
import Synchronization

/// A job whose code is a closure of the test's.
struct Scripted: Job {
    static let name = "scripted"

    var key: String

    /// A job that runs a closure.
    init(_ script: @escaping @Sendable (JobContext) async throws -> String) {
        key = scripts.withLock { scripts in
            let key = "script \(scripts.count)"
            scripts[key] = script
            return key
        }
    }

    func run(_ context: JobContext) async throws -> String {
        guard let script = scripts.withLock({ $0[key] }) else { throw Boom(text: "no script \(key)") }
        return try await script(context)
    }
}

private let scripts = Mutex<[String: @Sendable (JobContext) async throws -> String]>([:])
