// Jobs per second. Between rounds nothing is thrown away: the 100 000 finished jobs that a queue keeps are being replaced,
// as in an app that has been running for a while. The jobs' values are made before the clock starts: their strings are the
// caller's own affair, and the peers' drivers do the same.

import BenchKit
import NightjarJobs

@Sendable
func measureThroughput(_ options: BenchOptions, _ report: inout Report) async throws {
    let count = 50_000
    let queue = try makeQueue(options)
    let receipts = (0..<count).map(Receipt.number)
    let (jobs, asked, closures) = try await withRunner(of: queue) {
        (
            try await rounds(options.rounds) { try await timed { try await runAll(receipts, queue) } },
            try await rounds(options.rounds) { try await timed { try await roundTrips(receipts, queue) } },
            try await rounds(options.rounds) { try await timed { try await closureRoundTrips(count, queue) } }
        )
    }
    let drain = try await rounds(options.rounds) { try await drained(count, queue) }
    let bare = try await rounds(options.rounds) { try await timed { await bareTasks(count, options.priority) } }

    let ceiling = Samples(bare.map { Double(count) / $0.wall }).median
    func add(_ name: String, _ title: String, _ rounds: [Round], goal: Metric.Goal? = nil) {
        let rate = Samples(rounds.map { Double(count) / $0.wall })
        let processor = Samples(rounds.map { $0.usage.processor / Double(count) * 1e6 }).median
        let waits = Samples(rounds.map { Double($0.usage.waits) / Double(count) }).median
        report.add(
            Metric(
                name, title, rate.median, "jobs/s", goal: goal, spread: rate.spread,
                note: "\(processor.readable) µs CPU and \(waits.readable) waits a job; "
                    + "\((rate.median / ceiling * 100).readable) % of bare tasks"))
    }
    add("memory.jobsPerSecond", "enqueue one by one and run, until all have ended", jobs, goal: .atLeast(400_000))
    add("memory.roundTripsPerSecond", "the same, then status and value of each", asked)
    add("memory.closuresPerSecond", "closures, status and value of each", closures)
    add("memory.drainPerSecond", "draining a backlog", drain)
    add("memory.bareTasksPerSecond", "bare Task(executorPreference:), the ceiling", bare)
}

/// What one round took.
struct Round: Sendable {
    let wall: Double
    let usage: Usage
}

func timed(_ body: () async throws -> Void) async throws -> Round {
    let (usage, start) = (Usage.now, nanoseconds())
    try await body()
    return Round(wall: seconds(since: start), usage: Usage.now.since(usage))
}

/// Runs a round once to warm up, then as often as asked.
func rounds(_ count: Int, _ round: @Sendable () async throws -> Round) async throws -> [Round] {
    _ = try await round()
    var rounds: [Round] = []
    for _ in 0..<count { rounds.append(try await round()) }
    return rounds
}

/// Enqueues jobs one by one while they run, and waits until none is left.
private func runAll(_ receipts: [Receipt], _ queue: JobQueue) async throws {
    var last: JobFuture<Int>?
    for receipt in receipts { last = try await queue.background(receipt) }
    guard try await last?.value == receipts.last?.orderID else { throw WrongAnswer() }
    // Ten run at once, so one of the others may end after the last.
    while try await queue.counts().contains(where: { $0[.pending] + $0[.running] > 0 }) { await Task.yield() }
}

/// The same by somebody who wants to know about each of them.
private func roundTrips(_ receipts: [Receipt], _ queue: JobQueue) async throws {
    var futures: [JobFuture<Int>] = []
    futures.reserveCapacity(receipts.count)
    for receipt in receipts { futures.append(try await queue.background(receipt)) }
    for (receipt, future) in zip(receipts, futures) {
        _ = try await future.status
        guard try await future.value == receipt.orderID else { throw WrongAnswer() }
    }
}

private func closureRoundTrips(_ count: Int, _ queue: JobQueue) async throws {
    var futures: [JobFuture<Int>] = []
    futures.reserveCapacity(count)
    for number in 0..<count { futures.append(queue.background { number }) }
    for (number, future) in futures.enumerated() {
        _ = try await future.status
        guard try await future.value == number else { throw WrongAnswer() }
    }
}

/// Fills the queue, then measures from the runner's start to the last job's end.
private func drained(_ count: Int, _ queue: JobQueue) async throws -> Round {
    let futures = try await Visit.$current.withValue(Visit(path: "/orders")) {
        try await queue.background((0..<count).map(Receipt.number))
    }
    return try await withRunner(of: queue) {
        try await timed { for future in futures.suffix(10) { _ = try await future.value } }
    }
}

/// The least that running something on threads of its own can cost: no id, no future, no queue, no context.
private func bareTasks(_ count: Int, _ priority: ThreadPool.Priority) async {
    let pool = ThreadPool(name: "bare", threads: 10, priority: priority)
    let left = SharedCount(count)
    await withCheckedContinuation { done in
        for _ in 0..<count {
            Task(executorPreference: pool) {
                if left.add(-1) == 0 { done.resume() }
            }
        }
    }
    withExtendedLifetime(pool) {}
}

struct WrongAnswer: Error, CustomStringConvertible {
    let description = "A job's future gave another job's result."
}
