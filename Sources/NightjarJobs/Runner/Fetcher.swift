// Claims jobs when there may be some and there is room for them.
//
//     news: ready ──────────┐
//     a slot became free ───┼──► claim as many as there is room for ──► start them
//     alarm: a job fell due ┘        │ fewer than asked for: set the alarm for the next due time
//
// It claims no more than can start at once: what waits, waits in the store, where priorities hold and other workers see
// it. Only from a store in memory, which no other worker sees, it takes some ahead while jobs end faster than it can be
// woken (see Pace), and gives back what was not begun when that is over. An idle fetcher runs no query; it is woken by
// news or by its alarm.

import Logging
import Synchronization

final class Fetcher: Sendable {
    private let backend: any JobBackend
    private let options: WorkerOptions
    private let worker: String
    private let slots: Slots
    private let logger: Logger
    private let lanes: Lanes
    private let pacemaker: Pacemaker
    private let launcher: Launcher
    private let settler: Settler
    private let bell: Signal
    private let alarm: Alarm
    private let pause: Countdown
    private let drain: (Drain, number: Int)?
    /// Whether jobs were started since the worker was idle last.
    private let hasWorked = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)
    private let unknown = Mutex<UnknownJobs>([])
    /// Claimed jobs that go back to their queue.
    private let owed = Mutex<[ClaimedJob]>([])
    /// Raised when ``run()`` has returned: nothing is claimed any more.
    let ended = Signal()

    /// - Parameter drain: What is told when there is nothing to claim and nothing in flight, and the worker's number there.
    init(
        backend: any JobBackend, options: WorkerOptions, worker: String, slots: Slots, lanes: Lanes,
        pacemaker: Pacemaker, launcher: Launcher, settler: Settler, drain: (Drain, number: Int)? = nil, logger: Logger
    ) {
        self.backend = backend
        self.options = options
        self.worker = worker
        self.slots = slots
        self.logger = logger
        self.lanes = lanes
        self.pacemaker = pacemaker
        self.launcher = launcher
        self.settler = settler
        self.drain = drain
        self.bell = slots.freed
        self.alarm = Alarm(backend.clock, raises: bell)
        self.pause = Countdown(backend.clock, raises: bell)
        pacemaker.whenCalm { [bell] in bell.raise() }
    }

    /// There may be something to claim.
    func look() {
        // With no room the slot that becomes free will look anyway.
        if slots.available > 0 { bell.raise() }
    }

    /// Whether it says when nothing is due any more.
    var stopsWhenDrained: Bool { drain != nil }

    func lookAt(_ moment: Timestamp) { alarm.set(moment) }

    /// Claims nothing from now on.
    func close() {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        alarm.cancel()
        pause.cancel()
        bell.raise()
    }

    func run() async {
        defer { ended.raise() }
        var patience = Duration.zero
        while !Task.isCancelled, !isClosed.load(ordering: .sequentiallyConsistent) {
            do {
                while try await claim(), !isClosed.load(ordering: .sequentiallyConsistent) {}
                patience = .zero
                if slots.isQuiet, let (drain, number) = drain {
                    drain.isIdle(number, hasWorked: hasWorked.exchange(false, ordering: .sequentiallyConsistent))
                }
            } catch {
                if Task.isCancelled { return }
                patience = min(max(patience * 2, .milliseconds(50)), .seconds(5))
                logger.error("The backend gave no jobs; trying again", metadata: ["error": "\(error)"])
                pause.set(backend.clock.uptime + patience * Double.random(in: 0.5...1))
            }
            await bell.wait()
        }
        // A last try; after it, the lease will see to them.
        try? await giveBack()
    }

    /// Claims and starts what there is room for. Answers whether there may be more for which there is room.
    private func claim() async throws -> Bool {
        try await giveBack()
        let isBehind = lanes.isBehind
        if isBehind, !pacemaker.isBusy { withdrawSurplus() }
        let room = slots.available
        guard room > 0 else { return false }
        let excluding = unknown.withLock { $0 }
        var jobs = try await backend.claim(
            ClaimRequest(
                queues: options.queues, limit: room, worker: worker, lease: options.lease, excluding: excluding))
        if isClosed.load(ordering: .sequentiallyConsistent) {
            owed.withLock { $0 += jobs }
            return false
        }
        let count = jobs.count
        var strangers: [ClaimedJob] = []
        // Taken out one by one, not copied: a copy costs more than the rest of the loop.
        jobs.reverse()
        while let job = jobs.popLast() {
            if !launcher.start(job) { strangers.append(job) }
        }
        if count > strangers.count { hasWorked.store(true, ordering: .sequentiallyConsistent) }
        // One lane is enough for jobs that end before another thread has woken up, unless it has fallen behind.
        lanes.openMore(pacemaker.isBusy ? (isBehind || lanes.areClosed ? 1 : 0) : count)
        if !strangers.isEmpty {
            noteUnknown(strangers)
            owed.withLock { $0 += strangers }
            try await giveBack()
        }
        if count == room { return true }
        if let due = try await backend.nextDue(in: options.queues) { alarm.set(due) }
        return !strangers.isEmpty
    }

    /// Takes back what was claimed ahead and has not begun.
    private func withdrawSurplus() {
        lanes.openMore(options.concurrency)
        var surplus = slots.surplus
        for attempt in slots.running.sorted(by: { $0.job.id > $1.job.id }) where surplus > 0 && attempt.withdraw() {
            settler.ended(attempt, .released)
            surplus -= 1
        }
    }

    /// Remembers what this process has no code for: another version of the program will have it.
    private func noteUnknown(_ jobs: [ClaimedJob]) {
        for job in jobs {
            let known = launcher.version(of: job.spec.name)
            let isNews = unknown.withLock { $0.insert(job.spec.name, from: known.map { $0 + 1 } ?? .min) }
            guard isNews else { continue }
            guard let known else {
                logger.warning(
                    "A job of a type this process does not know stays in its queue; another version of the program may run it",
                    metadata: ["job.name": "\(job.spec.name)"])
                continue
            }
            logger.warning(
                "A job that a newer version of its type stored stays in its queue, for a program that has that version",
                metadata: [
                    "job.name": "\(job.spec.name)", "job.version": "\(job.spec.version)", "known": "\(known)",
                ])
        }
    }

    /// Puts jobs back that were claimed and not started. If that fails, they are owed until the next time.
    private func giveBack() async throws {
        let jobs = owed.withLock { $0 }
        guard !jobs.isEmpty else { return }
        _ = try await backend.settle(jobs.map { Settlement(id: $0.id, lease: $0.lease, disposition: .pending) })
        owed.withLock { $0.removeFirst(jobs.count) }
    }
}
