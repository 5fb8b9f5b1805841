// Claims jobs when there may be some and there is room for them.
//
//     news: ready ──────────┐
//     a slot became free ───┼──► claim as many as there is room for ──► start them
//     alarm: a job fell due ┘        │ fewer than asked for: set the alarm for the next due time
//
// News of a job in memory is claimed where it is told, by whoever brought the job, as long as all is calm: the job then
// waits for its own thread to wake up and not for this one as well. Only one claims at a time; who finds another at it
// leaves word, and the other rings when it is done.
//
// It claims no more than can start at once: what waits, waits in the store, where priorities hold and other workers see
// it. Only from a store in memory, which no other worker sees, it takes some ahead while jobs end faster than it can be
// woken (see Pace), and gives back what was not begun when that is over. An idle fetcher runs no query; it is woken by
// news or by its alarm.

import CNightjar
import Logging
import Synchronization

final class Fetcher: Sendable {
    private let backend: any JobBackend
    /// The backend, if it can be asked without a suspension.
    private let memory: MemoryBackend?
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
    /// Whether somebody claims, and whether somebody else would have liked to.
    private let isClaiming = Atomic<Bool>(false)
    private let isWanted = Atomic<Bool>(false)
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
        self.memory = backend as? MemoryBackend
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
        if slots.available > 0, !claimHere() { bell.raise() }
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
        await claimUntilClosed()
        // Who claims elsewhere is done before this is over, and nobody does after it.
        while !take() { await bell.wait() }
        // A last try; after it, the lease will see to them.
        try? await giveBack()
    }

    private func claimUntilClosed() async {
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
    }

    /// Claims, unless somebody does; then the bell rings when that is over.
    private func take() -> Bool {
        isWanted.store(true, ordering: .sequentiallyConsistent)
        guard !isClaiming.exchange(true, ordering: .sequentiallyConsistent) else { return false }
        isWanted.store(false, ordering: .sequentiallyConsistent)
        return true
    }

    private func leave() {
        isClaiming.store(false, ordering: .sequentiallyConsistent)
        if isWanted.exchange(false, ordering: .sequentiallyConsistent) { bell.raise() }
    }

    /// Claims and starts jobs on the caller's thread. Answers whether it did; else it is for the engine's thread to do:
    /// at a busy pace, where jobs are taken by the dozen, and for a job's thread, which may stand still in the middle of it.
    private func claimHere() -> Bool {
        guard let memory, drain == nil, !pacemaker.isBusy, nightjar_thread_is_background() == 0,
            !isClaiming.exchange(true, ordering: .sequentiallyConsistent)
        else { return false }
        defer { leave() }
        // What is owed, unknown or behind is left to whoever can wait for it.
        let room = slots.available
        guard room > 0, !isClosed.load(ordering: .sequentiallyConsistent), !lanes.isBehind,
            owed.withLock(\.isEmpty), unknown.withLock(\.isEmpty)
        else { return false }
        return start(memory.claimNow(request(for: room, excluding: [])))
    }

    private func request(for count: Int, excluding: UnknownJobs) -> ClaimRequest {
        ClaimRequest(queues: options.queues, limit: count, worker: worker, lease: options.lease, excluding: excluding)
    }

    /// Claims and starts what there is room for. Answers whether there may be more for which there is room.
    private func claim() async throws -> Bool {
        guard take() else { return false }
        defer { leave() }
        try await giveBack()
        let isBehind = lanes.isBehind
        if isBehind, !pacemaker.isBusy { withdrawSurplus() }
        let room = slots.available
        guard room > 0 else { return false }
        let excluding = unknown.withLock { $0 }
        let jobs = try await backend.claim(request(for: room, excluding: excluding))
        if isClosed.load(ordering: .sequentiallyConsistent) {
            owed.withLock { $0 += jobs }
            return false
        }
        let count = jobs.count
        let areKnown = start(jobs, isBehind: isBehind)
        if !areKnown { try await giveBack() }
        if count == room { return true }
        if let due = try await backend.nextDue(in: options.queues) { alarm.set(due) }
        return !areKnown
    }

    /// Starts claimed jobs. Answers whether all of them could be; the others are owed to their queue.
    private func start(_ claimed: consuming [ClaimedJob], isBehind: Bool = false) -> Bool {
        let count = claimed.count
        guard count > 0 else { return true }
        var jobs = claimed
        var shortest: Duration?
        var strangers: [ClaimedJob] = []
        // Taken out one by one, not copied: a copy costs more than the rest of the loop.
        jobs.reverse()
        while let job = jobs.popLast() {
            shortest = min(shortest ?? job.spec.timeout, job.spec.timeout)
            if !launcher.start(job) { strangers.append(job) }
        }
        if let shortest { launcher.watchdog.watch(for: shortest) }
        if count > strangers.count { hasWorked.store(true, ordering: .sequentiallyConsistent) }
        // One lane is enough for jobs that end before another thread has woken up, unless it has fallen behind.
        lanes.openMore(pacemaker.isBusy ? (isBehind || lanes.areClosed ? 1 : 0) : count)
        guard !strangers.isEmpty else { return true }
        noteUnknown(strangers)
        owed.withLock { $0 += strangers }
        return false
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
