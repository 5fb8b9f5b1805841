// Runs a backend's jobs. Assembles the roles and walks them through start and shutdown; each role is a file of its own.
//
//     Fetcher ──claim──► Launcher ──► Attempt (on the ThreadPool) ──ending──► Settler ──settle──► backend
//        ▲                               ▲            ▲                          │
//        │ room                          │ renew      │ cancel                   │ slot freed
//      Slots                         Heartbeat    Watchdog                     Slots
//
// The roles run on a thread of normal priority that no job can get at, so a job can starve neither heartbeat nor settling.
// When told to stop:
//
//     1. a backend that survives the process: claim nothing more.  One that does not: go on until nothing is due, because
//        what is left behind is lost.  Schedules fire no more in either case.
//     2. wait for the jobs in flight, `shutdownWait` at the most
//     3. cancel what still runs and give it a moment; what throws now goes back to its queue, the attempt not counted
//     4. settle everything, stop
//
// A worker never throws: a backend that fails is logged and asked again.

import Logging
import ServiceLifecycle
import Synchronization

final class Worker: Sendable {
    private let backend: any JobBackend
    private let options: WorkerOptions
    private let logger: Logger
    private let thread: ThreadPool
    private let slots: Slots
    private let settler: Settler
    private let fetcher: Fetcher
    private let watchdog: Watchdog
    private let rescuer: Rescuer
    private let cron: CronClock?
    private let upkeep: [@Sendable () async -> Void]
    private let stopping = Signal()
    /// Whether nobody waits for the jobs in flight any longer.
    private let isOverdue = Atomic<Bool>(false)

    /// - Parameters:
    ///   - pool: Where job code runs.
    ///   - thread: Where the roles run.
    ///   - heartbeats: Those of all workers of this process; its own is added.
    ///   - pacemaker: How closely the roles follow the jobs.
    ///   - keepsHouse: Whether it removes what was kept long enough, and takes back what dead workers held.
    ///   - keepsSchedules: Whether it also puts the jobs of schedules there.
    ///   - drain: With whom it stops once nothing is due and nothing in flight; `nil` if it does not.
    init(
        _ backend: any JobBackend, of queue: JobQueue, options: WorkerOptions, name: String, pool: ThreadPool,
        thread: ThreadPool, heartbeats: GrowingList<Heartbeat>, pacemaker: Pacemaker, keepsHouse: Bool,
        keepsSchedules: Bool, drain: Drain?
    ) {
        var logger = queue.logger
        logger[metadataKey: "worker"] = "\(name)"
        slots = Slots(
            options.concurrency, pacemaker: pacemaker, freed: Signal(),
            runsAhead: backend.traits.durability == .process, announcesQuiet: drain != nil)
        settler = Settler(
            backend: backend, registry: queue.registry, worker: name, lease: options.lease, slots: slots,
            thread: thread, pacemaker: pacemaker, events: queue.hooks.events, logger: logger)
        let lanes = Lanes(options.concurrency, on: pool)
        watchdog = Watchdog(
            clock: backend.clock, grace: options.timeoutGrace, slots: slots, pool: pool, lanes: lanes, settler: settler)
        let launcher = Launcher(
            registry: queue.registry, context: queue.context, hooks: queue.hooks, clock: backend.clock, slots: slots,
            lanes: lanes, settler: settler, watchdog: watchdog, logger: queue.logger)
        let (bell, end) = (slots.freed, stopping)
        let membership = drain.map { ($0, number: $0.join(bell: bell, stopping: end)) }
        fetcher = Fetcher(
            backend: backend, options: options, worker: name, slots: slots, lanes: lanes, pacemaker: pacemaker,
            launcher: launcher, settler: settler, drain: membership, logger: logger)
        cron = keepsSchedules ? CronClock(queue: queue, logger: logger) : nil
        rescuer = Rescuer(
            backend: backend, interval: options.lease, heartbeats: heartbeats, events: queue.hooks.events,
            logger: logger)
        let heartbeat = Heartbeat(
            backend: backend, slots: slots, lease: options.lease, interval: options.heartbeat, logger: logger)
        heartbeats.append(heartbeat)
        let janitor = Janitor(
            backend: backend, retention: queue.configuration.retention, interval: options.pruneInterval,
            logger: logger)
        upkeep = keepsHouse ? [heartbeat.run, rescuer.run, janitor.run] : [heartbeat.run]
        self.backend = backend
        self.options = options
        self.logger = logger
        self.thread = thread
        backend.subscribe { [weak fetcher, weak rescuer, slots] news in
            switch news {
            case .ready, .missed: fetcher?.look()
            case .due(let moment): fetcher?.lookAt(moment)
            case .cancelRequested(let ids): for attempt in slots.attempts(of: ids) { attempt.interrupt(.request) }
            case .workerLost: rescuer?.look()
            case .changed: break
            }
        }
    }

    /// Makes ``run()`` stop in order, as a shutdown does.
    func finish() { stopping.raise() }

    /// Runs jobs until the service group shuts down or the task is cancelled; then sees them to an end.
    func run() async {
        let roles = Task(executorPreference: thread) { await self.runRoles() }
        await withGracefulShutdownHandler {
            await stopping.wait()
        } onGracefulShutdown: {
            self.stopping.raise()
        }
        let stop = Task(executorPreference: thread) { await self.stop(within: self.options.shutdownWait) }
        // A cancelled group has no time left; one that shuts down gracefully has, until it is cancelled.
        await withTaskCancellationHandler {
            await stop.value
        } onCancel: {
            isOverdue.store(true, ordering: .sequentiallyConsistent)
            slots.emptied.raise()
        }
        roles.cancel()
        await waitForEnd(of: roles)
    }

    /// A store that does not answer does not hold up the end: what it is asked for then is seen to by the leases.
    private func waitForEnd(of roles: Task<Void, Never>) async {
        let ended = Signal()
        Task {
            await roles.value
            ended.raise()
        }
        // In a task of its own, because this one may be cancelled.
        await Task { await ended.wait(until: .now + .seconds(1)) }.value
        guard !slots.isQuiet else { return }
        logger.error(
            "The store does not answer; what ended last will run again", metadata: ["count": "\(slots.held.count)"])
    }

    private func runRoles() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: thread) { await self.settler.run() }
            group.addTask(executorPreference: thread) {
                // First of all: a worker that stops when nothing is due must not overlook what a dead one left, or what a
                // schedule has due.
                await self.rescuer.rescue()
                if self.fetcher.stopsWhenDrained { await self.cron?.hasLooked.wait() }
                await self.fetcher.run()
            }
            group.addTask(executorPreference: thread) { await self.watchdog.run() }
            if let cron = self.cron { group.addTask(executorPreference: thread) { await cron.run() } }
            for role in upkeep { group.addTask(executorPreference: thread) { await role() } }
        }
    }

    private func stop(within wait: Duration) async {
        let limit = ContinuousClock.now + wait
        cron?.close()
        if backend.traits.durability == .process {
            // A job can also go without having been in flight (it expires, somebody deletes it): look now and then.
            while await hasWork, mayWait(until: limit) {
                await slots.emptied.wait(until: min(limit, .now + .milliseconds(200)))
            }
        }
        fetcher.close()
        // What a claim under way brings is given back before anybody believes that nothing is in flight.
        await fetcher.ended.wait(until: (mayWait(until: limit) ? limit : .now) + .seconds(1))
        logger.debug("Worker claims no more jobs", metadata: ["running": "\(slots.running.count)"])
        while !slots.isQuiet, mayWait(until: limit) { await slots.emptied.wait(until: limit) }
        await cancelRest()
    }

    private func mayWait(until limit: ContinuousClock.Instant) -> Bool {
        !isOverdue.load(ordering: .sequentiallyConsistent) && ContinuousClock.now < limit
    }

    private var hasWork: Bool {
        get async {
            guard slots.isQuiet else { return true }
            let counts = (try? await backend.counts()) ?? []
            // What other workers of this process are at may put a job into this one's queues.
            return counts.contains { counts in
                counts[.running] > 0
                    || !counts.isPaused && counts[.pending] > 0 && options.queues.contains(counts.queue)
            }
        }
    }

    private func cancelRest() async {
        let rest = slots.running
        guard !rest.isEmpty else { return }
        for attempt in rest { attempt.interrupt(.shutdown) }
        let limit = ContinuousClock.now + .seconds(2)
        while !slots.isQuiet, ContinuousClock.now < limit { await slots.emptied.wait(until: limit) }
        for attempt in slots.running where attempt.withdraw() || attempt.abandon() {
            settler.ended(attempt, .released)
        }
        while !slots.isQuiet, ContinuousClock.now < limit + .seconds(1) {
            await slots.emptied.wait(until: limit + .seconds(1))
        }
    }
}
