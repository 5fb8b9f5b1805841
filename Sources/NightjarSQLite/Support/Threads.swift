// Threads of normal priority for work that blocks: Swift's own are for work that does not.

import CNightjar

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread, on which no write ends the process.
/// - Throws: ``SQLiteFailure`` if the system has none to give.
func startThread(_ name: String, _ run: @escaping @Sendable () -> Void) throws {
    let body = Unmanaged.passRetained(
        Body {
            withoutFileSignals(run)
        }
    ).toOpaque()
    let failure = nightjar_thread_start(
        name, 0,
        { context in
            guard let context else { return }
            Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        }, body)
    guard failure != 0 else { return }
    Unmanaged<Body>.fromOpaque(body).release()
    throw SQLiteFailure.system(failure, "a thread")
}

/// Does something that blocks on a thread made for it.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        do {
            try startThread("nightjar-open") { continuation.resume(with: Result { try work() }) }
        } catch { continuation.resume(throwing: error) }
    }
}
