// From `kill -9` of a worker process to the moment the job it ran is running again, in another worker on the same file.

import ArgumentParser
import BenchKit
import NightjarJobs
import NightjarSQLite

struct RecoveryBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery", abstract: "From kill -9 of a worker to its job running again.")

    @OptionGroup var options: BenchOptions

    func run() async throws {
        var report = Report()
        report.section("recovery")
        let rounds = options.quick ? 5 : 15
        let times = try await withScratchFolder { folder in
            let (file, ledgerFile) = ("\(folder)/jobs.sqlite", "\(folder)/ledger")
            let ledger = try Ledger(path: ledgerFile, count: rounds)
            func worker() throws -> Child {
                try Child(nil, ["drive", "worker", "--file", file], environment: ["BENCH_LEDGER": ledgerFile])
            }
            let queue = try makeQueue(options, file: file)
            try queue.register(EndlessJob.self)
            try await queue.open()
            var times: [Double] = []
            for round in 0..<rounds {
                let victim = try worker()
                try await queue.background(EndlessJob(number: round))
                let started = try await ledger.wait(for: round)
                // The heir is idle and asleep when it happens.
                let heir = try worker()
                try await Task.sleep(for: .milliseconds(1200))
                let killed = nanoseconds()
                victim.kill()
                let again = try await ledger.wait(for: round, otherThan: started)
                times.append(Double(again - killed) / 1e9)
                heir.kill()
                for job in try await queue.list() {
                    try await queue.cancel(job.id)
                    _ = try await queue.backend.rescue()
                    try await queue.delete([job.id])
                }
            }
            await queue.close()
            return Samples(times)
        }
        report.add(
            Metric(
                "recovery.seconds", "kill -9 to running again, median of \(rounds)", times.median, "s",
                goal: .atMost(2),
                spread: times.spread, note: "longest \(times.maximum.readable) s", durability: walNormal))
        if let path = options.json { try report.write(to: path) }
    }
}
