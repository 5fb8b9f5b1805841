// The service that runs a queue's jobs in this process: one worker for the backend, one for closures if they are kept
// apart, and the threads they share.

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
        let pool = ThreadPool(name: "nightjar-job", threads: options.concurrency, priority: options.priority)
        let pacemaker = Pacemaker()
        let thread = ThreadPool(name: "nightjar-run", threads: 1, priority: .normal) { pacemaker.rest() }
        let name = Self.workerName
        // Jobs in memory are out of every other process's reach, so all queues are pulled, the preferred ones first.
        var own = options
        own.queues.includesOthers = true
        var workers = [
            Worker(
                queue.local, of: queue, options: own, name: name, pool: pool, thread: thread, pacemaker: pacemaker,
                keepsSchedules: !queue.keepsClosuresApart, stopsWhenDrained: stopsWhenDrained && !runsApart)
        ]
        if runsApart {
            workers.append(
                Worker(
                    queue.backend, of: queue, options: options, name: name, pool: pool, thread: thread,
                    pacemaker: pacemaker, keepsSchedules: true, stopsWhenDrained: stopsWhenDrained))
        }
        self.queue = queue
        self.workers = workers
        self.stopsWhenDrained = stopsWhenDrained
        self.pools = [pool, thread]
    }

    /// Runs jobs until the service group shuts down, the task is cancelled, or there is nothing left to do and that is
    /// what it was made for.
    public func run() async throws {
        await RunningQueue.bind(queue) { await runWorkers() }
        for pool in pools { pool.stop() }
    }

    private func runWorkers() async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.run() } }
            guard stopsWhenDrained else { return }
            // The first to return is the one that drained; what its jobs left in memory is seen to an end by the other.
            await group.next()
            for worker in workers { worker.finish() }
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
