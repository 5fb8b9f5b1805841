// The service that runs a queue's jobs in this process:
//
//     one worker for the backend            pulls all queues that are selected, except those with workers of their own
//     one for each named worker included    pulls its queue, on as many threads as it has slots
//     one for closures                      if they are kept apart; pulls them all
//
// Each has its slots to itself, so none waits for another. The roles of all share one thread of normal priority.

import Logging
public import ServiceLifecycle

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs a queue's jobs as part of a service group.
///
/// ```swift
/// let group = ServiceGroup(services: [JobRunner(queue)], gracefulShutdownSignals: [.sigterm], logger: logger)
/// try await group.run()
/// ```
/// On graceful shutdown it stops claiming, waits for the jobs in flight, cancels what takes too long, and returns what was
/// not finished to its queue. It never throws because of a backend.
public struct JobRunner: Service {
    private let queue: JobQueue
    private let workers: [Worker]
    private let stopsWhenDrained: Bool
    private let pools: [ThreadPool]
    private let notes: [WorkerRoster.Note]

    /// A runner for a queue.
    /// - Parameters:
    ///   - queue: The queue.
    ///   - options: How it runs jobs, if not as the queue's configuration says.
    ///   - runsBackend: Whether typed jobs kept outside this process are run here too; closures always are.
    ///   - stopsWhenDrained: Whether ``run()`` returns once nothing is due and nothing in flight, instead of waiting for
    ///     more. Jobs that wait for their time, in a paused queue or for another program's version are left where they are.
    public init(
        _ queue: JobQueue, options: WorkerOptions? = nil, runsBackend: Bool = true, stopsWhenDrained: Bool = false
    ) {
        let options = options ?? queue.configuration.worker
        let runsApart = queue.keepsClosuresApart && runsBackend
        let pacemaker = Pacemaker()
        let thread = ThreadPool(name: "nightjar-run", threads: 1, priority: .normal) { pacemaker.rest() }
        let pool = ThreadPool(name: "nightjar-job", threads: options.concurrency, priority: options.priority)
        let heartbeats = GrowingList<Heartbeat>()
        let drain = stopsWhenDrained ? Drain() : nil
        let name = Self.workerName
        let roster = queue.roster.plan(for: options.queues, pullsAll: !queue.keepsClosuresApart)
        var pools = [pool, thread]

        func worker(
            _ backend: any JobBackend, _ queues: QueueSelection, keepsSchedules: Bool = true, drain: Drain?
        ) -> Worker {
            var own = options
            own.queues = queues
            return Worker(
                backend, of: queue, options: own, name: name, pool: pool, thread: thread,
                heartbeats: heartbeats, pacemaker: pacemaker, keepsHouse: true, keepsSchedules: keepsSchedules,
                drain: drain)
        }

        // Jobs in memory are out of every other process's reach, so all queues are pulled, the preferred ones first.
        var everything = options.queues
        everything.includesOthers = true
        let included = runsApart || !queue.keepsClosuresApart ? roster.included : []
        let hasBackendToRun = runsApart && !(roster.general.isEmpty && included.isEmpty)
        var workers: [Worker]
        if queue.keepsClosuresApart {
            workers = [worker(queue.local, everything, keepsSchedules: false, drain: hasBackendToRun ? nil : drain)]
            if runsApart, !roster.general.isEmpty {
                workers.append(worker(queue.backend, roster.general, drain: drain))
            }
        } else {
            workers = [worker(queue.local, roster.general, drain: drain)]
        }
        // One worker of the backend keeps its house and schedules.
        var isFirst = runsApart && roster.general.isEmpty
        for named in included {
            var own = options
            own.queues = QueueSelection([named.name])
            own.concurrency = named.concurrency
            let pool = ThreadPool(name: "nightjar-job", threads: named.concurrency, priority: options.priority)
            pools.append(pool)
            workers.append(
                Worker(
                    queue.backend, of: queue, options: own, name: "\(name):\(named.name)", pool: pool, thread: thread,
                    heartbeats: heartbeats, pacemaker: pacemaker, keepsHouse: isFirst, keepsSchedules: isFirst,
                    drain: drain))
            isFirst = false
        }
        self.queue = queue
        self.workers = workers
        self.stopsWhenDrained = stopsWhenDrained
        self.pools = pools
        self.notes = runsBackend ? roster.notes : []
    }

    /// Runs jobs until the service group shuts down, the task is cancelled, or there is nothing left to do and that is
    /// what it was made for.
    public func run() async throws {
        for note in notes { note.write(to: queue.logger) }
        await RunningQueue.bind(queue) { await runWorkers() }
        for pool in pools { pool.stop() }
        await logLoss()
    }

    private func runWorkers() async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.run() } }
            await sayWhatIsPaused()
            guard stopsWhenDrained else { return }
            // The first to return is one that drained; what its jobs left in memory is seen to an end by the others.
            await group.next()
            for worker in workers { worker.finish() }
        }
    }

    /// Says what ends with this process, because it is kept nowhere else.
    private func logLoss() async {
        guard let counts = try? await queue.local.counts() else { return }
        let lost = counts.reduce(0) { $0 + $1[.pending] + $1[.scheduled] + $1[.retrying] + $1[.running] }
        guard lost > 0 else { return }
        queue.logger.warning(
            "Jobs in memory are lost with this process; QUEUE_BACKEND=database keeps them",
            metadata: ["count": "\(lost)"])
    }

    /// A pause outlasts the processes that saw it made, so whoever starts one says what will not run, and what changes that.
    private func sayWhatIsPaused() async {
        guard let all = try? await queue.counts() else { return }
        for counts in all where counts.isPaused {
            let waiting = counts[.pending] + counts[.retrying] + counts[.scheduled]
            queue.logger.warning(
                "A queue is paused: its jobs wait until somebody resumes it",
                metadata: [
                    "queue": "\(counts.queue)", "waiting": "\(waiting)", "resume": "queues resume \(counts.queue)",
                ])
        }
    }

    /// Host, process and a random part: tells workers apart in records and logs.
    private static var workerName: String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(name):\(getpid()):\(String(UInt32.random(in: .min ... .max), radix: 36))"
    }
}
