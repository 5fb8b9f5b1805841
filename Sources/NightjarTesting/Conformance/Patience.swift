// A backend that never tells its news would keep a check waiting for ever; a check that takes a minute has failed.

import NightjarJobs
import Synchronization

enum Patience {
    /// Runs a body, and gives up on it when it takes too long. What was given up is left behind, since nothing says
    /// that it listens to cancellation.
    static func lose(after limit: Duration, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let isOver = Recorder<Result<Void, any Error>>()
        let work = Task {
            do { isOver.record(.success(try await body())) } catch { isOver.record(.failure(error)) }
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            isOver.record(.failure(ConformanceFailure("The check did not end within \(limit).", "Patience")))
            work.cancel()
        }
        let results = await isOver.untilCount(1)
        timer.cancel()
        try results.first?.get()
    }
}
