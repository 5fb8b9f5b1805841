// What the comments of the engine show.
// swift-format-ignore-file

import Logging
import Nightjar
import NightjarTesting
import ServiceLifecycle
import UnixSignals

private enum Declared {
    struct SendReceipt: Job {
        static let options = JobOptions(queue: "mail", retry: .exponential(base: 2, maxAttempts: 8), timeout: .seconds(30))
        var orderID: Int

        func run(_ context: JobContext) async throws -> String {
            context.logger.info("sending receipt")
            return "sent"
        }
    }

    struct CardDeclined: Error {}

    struct Charge {
        static let options = JobOptions(retry: .exponential(base: 2, maxAttempts: 8).jitter(0.2).notRetrying(CardDeclined.self))
    }
}

private func ask() async throws {
    let queue = JobQueue()
    try queue.register(SendReceipt.self)
    let future = try await queue.background(SendReceipt(orderID: 7))
    _ = future
}

private func many(_ queue: JobQueue, _ orders: [(id: Int, total: Int)], _ id: JobID) async throws {
    let receipts = try await queue.map(orders) { SendReceipt(orderID: $0.id) }
    for receipt in receipts { print(try await receipt.value) }

    let total: Int = try await queue.future(id).value
    _ = total
}

private func run(_ queue: JobQueue, _ logger: Logger) async throws {
    let group = ServiceGroup(services: [JobRunner(queue)], gracefulShutdownSignals: [.sigterm], logger: logger)
    try await group.run()
}

private func signal(_ response: (status: Int, retryAfter: Int)) throws {
    if response.status == 429 { throw Retry(after: .seconds(response.retryAfter)) }
}

@resultBuilder
private enum List {
    static func buildBlock(_ options: JobOptions...) -> [JobOptions] { options }
}

@List
private func once(_ userID: Int) -> [JobOptions] {
    JobOptions(unique: UniquePolicy(key: "report-\(userID)"))                                  // one waiting or running
    JobOptions(unique: UniquePolicy(key: "sync", while: [.scheduled, .pending, .retrying]))    // one running and one waiting
    JobOptions(unique: UniquePolicy(key: "digest", for: .seconds(3600)))                       // at most one an hour
}

private func office() throws -> CronExpression {
    let office = try CronExpression("*/5 8-18 * * mon-fri")
    return office
}

private func onThreads(of pool: ThreadPool, _ render: @escaping @Sendable () async -> Void) {
    Task(executorPreference: pool) { await render() }
}

private func fastForward() async {
    let clock = ManualClock()
    let queue = JobQueue(backend: MemoryBackend(clock: clock.jobClock))
    // … a job fails and will be tried again in six seconds
    await clock.untilSomebodySleeps(until: clock.now + .seconds(6))
    clock.advance(by: .seconds(6))
    _ = queue
}
