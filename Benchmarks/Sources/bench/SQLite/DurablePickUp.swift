// How soon a durable job starts when nothing else is going on: in the process that accepted it, and in a worker process
// beside it. One job every 10 ms, so that every thread is asleep.

import BenchKit
import NightjarJobs
import NightjarSQLite

@Sendable
func measureDurablePickUp(_ options: BenchOptions, _ report: inout Report) async throws {
    let count = 200
    try await withScratchFolder { folder in
        let queue = try makeQueue(options, file: "\(folder)/same.sqlite")
        try await queue.open()
        let times = try await withRunner(of: queue) {
            _ = try await queue.background(PickUp(sentAt: nanoseconds())).value
            var times: [Double] = []
            for _ in 0..<count {
                try await Task.sleep(for: .milliseconds(10))
                times.append(Double(try await queue.background(PickUp(sentAt: nanoseconds())).value) / 1e6)
            }
            return Samples(times)
        }
        await queue.close()
        add("sqlite.pickup", "call to job's first line, same process", times, goal: 1)

        let (file, ledgerFile) = ("\(folder)/other.sqlite", "\(folder)/ledger")
        let ledger = try Ledger(path: ledgerFile, count: count + 1)
        let other = try makeQueue(options, file: file)
        try await other.open()
        let worker = try Child(nil, ["drive", "worker", "--file", file], environment: ["BENCH_LEDGER": ledgerFile])
        defer { worker.stop() }
        try await other.background(NotedJob.number(count))
        _ = try await ledger.wait(for: count)
        var elsewhere: [Double] = []
        for number in 0..<count {
            try await Task.sleep(for: .milliseconds(10))
            let start = nanoseconds()
            try await other.background(NotedJob.number(number))
            elsewhere.append(Double(try await ledger.wait(for: number) - start) / 1e6)
        }
        await other.close()
        add("sqlite.pickupOtherProcess", "call to job's first line, other process", Samples(elsewhere), goal: 5)
    }

    func add(_ name: String, _ title: String, _ samples: Samples, goal: Double) {
        report.add(
            Metric(
                "\(name)P50Milliseconds", "\(title), p50 of \(count)", samples.median, "ms", goal: .atMost(goal),
                durability: walNormal))
        report.add(
            Metric(
                "\(name)P99Milliseconds", "\(title), p99", samples.percentile(0.99), "ms", durability: walNormal))
    }
}
