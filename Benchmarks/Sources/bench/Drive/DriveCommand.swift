// Ours among the drivers of the peers: the same three commands that every driver in peers/drivers has.
//
//     enqueue   accepts jobs and says how long that took          {"seconds": …, "cpu": …, "sent": […]}
//     worker    runs jobs until it is told to stop
//     local     both in one process, for what lives in memory     {"seconds": …, "cpu": …, "sent": […]}
//
// Jobs note in the ledger (BENCH_LEDGER) when they ran; whoever compares reads it there.

import ArgumentParser
import BenchKit
import Foundation
import NightjarJobs
import NightjarSQLite

struct DriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drive", abstract: "One system among its peers; see peers/compare.py.", shouldDisplay: false,
        subcommands: [Enqueue.self, Work.self, Local.self])

    /// Where the jobs are kept.
    struct Place: ParsableArguments {
        @Option(help: "The database; in memory without one.")
        var file: String?

        @Flag(help: "Wait for the disk at each commit.")
        var full = false

        func makeQueue(slots: Int = 10) throws -> JobQueue {
            var configuration = JobQueueConfiguration()
            configuration.worker.concurrency = slots
            let backend = file.map {
                SQLiteBackend(path: $0, options: SQLiteOptions(synchronous: full ? .full : .normal))
            }
            let queue = JobQueue(backend: backend, configuration: configuration)
            try queue.register(NotedJob.self)
            try queue.register(EndlessJob.self)
            return queue
        }
    }

    struct Amount: ParsableArguments {
        @Option(help: "How many jobs.")
        var count = 1000

        @Option(help: "How many callers at once.")
        var callers = 1

        @Option(help: "How long to rest before each job, in milliseconds.")
        var every: Double?

        @Option(help: "The first job's number.")
        var from = 0

        @Flag(help: "All in one call.")
        var bulk = false

        @Flag(help: "Jobs that begin and do not end.")
        var endless = false

        /// Enqueues them. Answers when each was handed in, if they are handed in one by one with rests.
        func enqueue(on queue: JobQueue) async throws -> [UInt64] {
            if endless { try await queue.background(EndlessJob(number: from)) }
            if endless { return [] }
            if bulk {
                try await queue.background((from..<from + count).map(NotedJob.number))
                return []
            }
            guard let every else {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<callers {
                        group.addTask {
                            for number in stride(from: from + caller, to: from + count, by: callers) {
                                try await queue.background(NotedJob.number(number))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                return []
            }
            var sent: [UInt64] = []
            for number in from..<from + count {
                try await Task.sleep(for: .seconds(every / 1000))
                sent.append(nanoseconds())
                try await queue.background(NotedJob.number(number))
            }
            return sent
        }
    }

    struct Enqueue: AsyncParsableCommand {
        @OptionGroup var place: Place
        @OptionGroup var amount: Amount

        func run() async throws {
            let queue = try place.makeQueue()
            try await queue.open()
            let (start, usage) = (nanoseconds(), Usage.now)
            let sent = try await amount.enqueue(on: queue)
            try Answer(since: start, usage, sent).write()
            await queue.close()
        }
    }

    struct Work: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "worker")
        @OptionGroup var place: Place
        @Option(help: "How many jobs in flight.")
        var concurrency = 10

        func run() async throws {
            let queue = try place.makeQueue(slots: concurrency)
            try await queue.open()
            // A signal has to wait for nothing: what is in flight is over in no time, or it is to be killed anyway.
            signal(SIGTERM, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: SIGTERM)
            let runner = Task { try await JobRunner(queue).run() }
            source.setEventHandler { runner.cancel() }
            source.resume()
            try await runner.value
            await queue.close()
        }
    }

    struct Local: AsyncParsableCommand {
        @OptionGroup var place: Place
        @OptionGroup var amount: Amount
        @Option(help: "How many jobs in flight.")
        var concurrency = 10

        func run() async throws {
            let queue = try place.makeQueue(slots: concurrency)
            try await queue.open()
            let runner = Task { try await JobRunner(queue).run() }
            let last = amount.count - 1
            // One job first, so that nobody pays for threads and pages that are made once.
            guard let ledger = Ledger.shared else { throw ValidationError("BENCH_LEDGER is not set.") }
            try await queue.background(NotedJob.number(last))
            var mark = try await ledger.wait(for: last)
            ledger[last] = 0
            mark = 0
            let (start, usage) = (nanoseconds(), Usage.now)
            let sent = try await amount.enqueue(on: queue)
            for number in stride(from: last, through: max(0, last - 2000), by: -1) {
                mark = max(mark, try await ledger.wait(for: number))
            }
            try Answer(since: start, until: mark, usage, sent).write()
            runner.cancel()
            try await runner.value
            await queue.close()
        }
    }

    /// What a driver says at its end.
    private struct Answer: Encodable {
        let seconds: Double
        let cpu: Double
        let sent: [UInt64]

        init(since start: UInt64, until end: UInt64 = nanoseconds(), _ usage: Usage, _ sent: [UInt64]) {
            seconds = Double(end - start) / 1e9
            cpu = Usage.now.since(usage).processor
            self.sent = sent
        }

        func write() throws {
            print(String(decoding: try JSONEncoder().encode(self), as: UTF8.self))
        }
    }
}
