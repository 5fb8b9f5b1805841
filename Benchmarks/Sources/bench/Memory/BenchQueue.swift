import NightjarJobs

/// A queue as an app has it: every default, a context propagator, its jobs registered.
func makeQueue(_ options: BenchOptions) throws -> JobQueue {
    var configuration = JobQueueConfiguration()
    configuration.worker.priority = options.priority
    let queue = JobQueue(configuration: configuration, context: VisitPropagator())
    try queue.register(Receipt.self)
    try queue.register(PickUp.self)
    return queue
}

/// Runs the queue's jobs for as long as the body takes.
func withRunner<Result: Sendable>(
    of queue: JobQueue, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let runner = Task { try await JobRunner(queue).run() }
    defer { runner.cancel() }
    let result = try await Visit.$current.withValue(Visit(path: "/orders")) { try await body() }
    runner.cancel()
    try await runner.value
    return result
}
