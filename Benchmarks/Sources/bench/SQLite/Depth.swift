// Whether a file that holds a million finished and a million waiting jobs is slower to claim from than an empty one, and how
// much memory a worker on it has. Both files take turns; a round is so many batches of 100, claimed and completed.

import BenchKit
import NightjarJobs
import NightjarSQLite

@Sendable
func measureDepth(_ options: BenchOptions, _ report: inout Report) async throws {
    let depth = options.quick ? 200_000 : 1_000_000
    let perRound = options.count(20_000)
    let rounds = options.quick ? 5 : 9
    try await withScratchFolder { folder in
        let deepFile = "\(folder)/deep.sqlite"
        let deep = try makeQueue(options, file: deepFile)
        let empty = try makeQueue(options, file: "\(folder)/empty.sqlite")
        try await deep.open()
        try await empty.open()
        try await fill(deep, depth)
        _ = try await claimAndComplete(depth, deep)
        try await fill(deep, depth)

        var ratios: [Double] = []
        var rates: [Double] = []
        for _ in 0..<rounds {
            try await fill(empty, perRound)
            let shallow = try await claimAndComplete(perRound, empty)
            try await fill(deep, perRound)
            let rate = try await claimAndComplete(perRound, deep)
            rates.append(rate)
            ratios.append(rate / shallow * 100)
        }
        await empty.close()
        await deep.close()
        let (rate, ratio) = (Samples(rates), Samples(ratios))
        let finished = "\(depth / 1000) 000 finished, \(depth / 1000) 000 waiting"
        report.add(
            Metric(
                "sqlite.claimsAtDepthPerSecond", "claimed and completed, 100 at a time", rate.median, "jobs/s",
                spread: rate.spread, note: finished, durability: walNormal))
        report.add(
            Metric(
                "sqlite.claimRatioAtDepth", "  of the same on an empty file", ratio.median, "%", goal: .atLeast(90),
                spread: ratio.spread, note: finished, durability: walNormal))

        let ledgerFile = "\(folder)/ledger"
        let ledger = try Ledger(path: ledgerFile, count: 1)
        let worker = try Child(nil, ["drive", "worker", "--file", deepFile], environment: ["BENCH_LEDGER": ledgerFile])
        defer { worker.kill() }
        // Behind the million: it is at work by then, and has looked at all it looks at.
        try await Task.sleep(for: .seconds(options.quick ? 3 : 8))
        withExtendedLifetime(ledger) {}
        report.add(
            Metric(
                "sqlite.workerPeakMegabytes", "a worker's memory at its largest, draining it",
                worker.residentMegabytes.peak, "MB", goal: .atMost(60), note: finished, durability: walNormal))
    }
}

private func fill(_ queue: JobQueue, _ count: Int) async throws {
    for start in stride(from: 0, to: count, by: 10_000) {
        _ = try await queue.background((start..<min(start + 10_000, count)).map(Receipt.number))
    }
}

/// Claims and completes so many; answers how many a second.
private func claimAndComplete(_ count: Int, _ queue: JobQueue) async throws -> Double {
    let start = nanoseconds()
    var done = 0
    while done < count {
        let jobs = try await queue.backend.claim(
            ClaimRequest(queues: .all, limit: min(100, count - done), worker: "bench"))
        guard !jobs.isEmpty else { throw WrongAnswer() }
        let answers = try await queue.backend.settle(
            jobs.map { Settlement(id: $0.id, lease: $0.lease, disposition: .completed(.none)) })
        guard answers.allSatisfy({ $0 }) else { throw WrongAnswer() }
        done += jobs.count
    }
    return Double(count) / seconds(since: start)
}
