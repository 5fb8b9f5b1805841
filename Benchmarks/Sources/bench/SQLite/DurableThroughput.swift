// Enqueue and drain. Each round: C, then ours, each in a new file.
//
// Batches are compared with their like: 64 callers, whose jobs share transactions, with C's batches of 1000 (its best);
// one caller with C's transactions of one job; jobs drained with so many in flight with C claiming and completing so many
// at a time.

import BenchKit
import NightjarJobs
import NightjarSQLite

private struct Result {
    let rate: Double
    let part: Double
    let cost: Metric.Cost
}

private let flights = [1, 10, 100]

@Sendable
func measureDurableThroughput(_ options: BenchOptions, _ report: inout Report) async throws {
    let rounds = options.quick ? 3 : 7
    var results: [String: [Result]] = [:]
    var limits: [String: [Double]] = [:]
    for _ in 0..<rounds {
        try await withScratchFolder { folder in
            let limitFile = "\(folder)/limit.sqlite"
            let empty = SQLiteBackend(path: limitFile)
            try await empty.open()
            await empty.close()
            let limit = try Limit(file: limitFile, jobs: options.count(200_000))
            for name in ["insert_1000", "insert_1", "claim_complete_1", "claim_complete_10", "claim_complete_100"] {
                limits[name, default: []].append(limit[name])
            }
            func note(_ name: String, _ count: Int, _ round: Round, against part: String) {
                let rate = Double(count) / round.wall
                results[name, default: []].append(
                    Result(rate: rate, part: rate / limit[part] * 100, cost: round.usage.cost(of: count)))
            }
            let queue = try makeQueue(options, file: "\(folder)/ours.sqlite")
            try await queue.open()
            try await enqueue(640, callers: 64, queue)
            let many = options.count(100_000) / 64 * 64
            note(
                "enqueue64", many, try await timed { try await enqueue(many, callers: 64, queue) },
                against: "insert_1000")
            let few = options.count(20_000)
            note("enqueue1", few, try await timed { try await enqueue(few, callers: 1, queue) }, against: "insert_1")
            let bulk = options.count(100_000)
            note("bulk", bulk, try await timed { try await enqueueInBulk(bulk, queue) }, against: "insert_1000")
            await queue.close()
            for flight in flights {
                let count = options.count(flight == 1 ? 10_000 : 40_000)
                let round = try await drain(count, slots: flight, in: "\(folder)/drain-\(flight).sqlite", options)
                note("drain\(flight)", count, round, against: "claim_complete_\(flight)")
            }
        }
    }
    func add(_ name: String, _ title: String, against part: String, goal: Double? = nil, metric: String? = nil) {
        let found = results[name] ?? []
        let rate = Samples(found.map(\.rate))
        let ratio = Samples(found.map(\.part))
        let limit = Samples(limits[part] ?? []).median
        let cost = Metric.Cost(
            cpuSecondsPer1000Jobs: Samples(found.map(\.cost.cpuSecondsPer1000Jobs)).median,
            peakMegabytes: Samples(found.map(\.cost.peakMegabytes)).median)
        report.add(
            Metric(
                "sqlite.\(name)PerSecond", title, rate.median, "jobs/s", spread: rate.spread, cost: cost,
                durability: walNormal, peers: ["plain C, \(part)": limit]))
        report.add(
            Metric(
                metric ?? "sqlite.\(name)RatioToLimit", "  of plain C (\(part), \(limit.readable)/s)", ratio.median,
                "%",
                goal: goal.map { .atLeast($0) }, spread: ratio.spread, durability: walNormal))
    }
    add("enqueue64", "enqueue, 64 callers", against: "insert_1000", goal: 40)
    add("enqueue1", "enqueue, one caller", against: "insert_1", goal: 50)
    add("bulk", "enqueue in bulk, one call", against: "insert_1000")
    add("drain1", "drain, 1 in flight", against: "claim_complete_1")
    add(
        "drain10", "drain, 10 in flight (the default)", against: "claim_complete_10", goal: 40,
        metric: "sqlite.drainRatioToLimit")
    add("drain100", "drain, 100 in flight", against: "claim_complete_100")
}

private func enqueue(_ count: Int, callers: Int, _ queue: JobQueue) async throws {
    try await Visit.$current.withValue(Visit(path: "/orders")) {
        guard callers > 1 else {
            for number in 0..<count { _ = try await queue.background(Receipt.number(number)) }
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for number in stride(from: caller, to: count, by: callers) {
                        _ = try await queue.background(Receipt.number(number))
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

private func enqueueInBulk(_ count: Int, _ queue: JobQueue) async throws {
    try await Visit.$current.withValue(Visit(path: "/orders")) {
        _ = try await queue.background((0..<count).map(Receipt.number))
    }
}

/// Fills a file, then measures from the runner's start to when nothing is left.
private func drain(_ count: Int, slots: Int, in file: String, _ options: BenchOptions) async throws -> Round {
    let queue = try makeQueue(options, file: file, slots: slots)
    try await queue.open()
    try await enqueueInBulk(count, queue)
    let round = try await timed { try await JobRunner(queue, stopsWhenDrained: true).run() }
    let left = try await queue.counts().reduce(0) { $0 + $1[.pending] + $1[.running] }
    guard left == 0 else { throw WrongAnswer() }
    await queue.close()
    return round
}
