// Takes events from the engine and tells whoever listens.
//
//     page, worker ──emit──► inbox ──► pump (a task of its own) ──► a buffer for each listener ──► its task
//
// With nobody listening an event is not even made: one atomic read. With listeners, who emits pushes into a lock-free
// inbox and goes on. What there is no room for is dropped and counted, and the log says how much that was.
//
// A job's events are told in the order in which they happened. A step is public as soon as the store has made it, and its
// next one may begin elsewhere before whoever made the first can tell of it. So that one holds the job before, and when all
// have let go of it, what was told meanwhile goes out by the number of the claim it belongs to:
//
//     page     hold ─ insert ────────────────── enqueued ─ release
//     worker                 claim 1 ─ started ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄► enqueued, started

import Logging
import Synchronization

final class EventPump: Sendable {
    /// How many events may wait for the pump: a tenth of a second of the fastest queue, about 4 MB.
    private static let room = 16_384

    private let inbox = Inbox<JobEvent>()
    private let waiting = Atomic<Int>(0)
    private let lost = Atomic<Int>(0)
    private let listening = Atomic<Int>(0)
    private let held = Mutex<[JobID: Held]>([:])
    private let bell = Signal()
    private let buffers = Mutex<[EventBuffer]>([])
    private let pump = Mutex<Task<Void, Never>?>(nil)
    private let warned = Mutex<ContinuousClock.Instant?>(nil)
    private let pool: ThreadPool
    private let logger: Logger

    init(pool: ThreadPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// Whether anybody would hear an event.
    var isHeard: Bool { listening.load(ordering: .relaxed) > 0 }

    /// Tells an event, if anybody listens.
    func emit(_ event: @autoclosure () -> JobEvent) {
        guard isHeard else { return }
        let event = event()
        let isWaiting = held.withLock { held in
            held[event.id]?.events.append(event) != nil
        }
        if !isWaiting { push(event) }
    }

    /// Makes what is told of a job wait for ``release(_:)``. Answers whether it does: not if nobody listens.
    func hold(_ id: JobID) -> Bool {
        guard isHeard else { return false }
        held.withLock { $0[id, default: Held()].holders += 1 }
        return true
    }

    /// Lets go of a job that was held. The last to do so tells what has waited.
    func release(_ id: JobID) {
        // Under the lock, so that what is told meanwhile does not overtake.
        held.withLock { held in
            held[id]?.holders -= 1
            guard let job = held[id], job.holders == 0 else { return }
            held[id] = nil
            for event in job.inOrder { push(event) }
        }
    }

    private func push(_ event: JobEvent) {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.room else {
            waiting.subtract(1, ordering: .relaxed)
            lost.add(1, ordering: .relaxed)
            return
        }
        inbox.push(event)
        bell.raise()
    }

    func add(_ buffer: EventBuffer) {
        buffers.withLock { $0.append(buffer) }
        listening.add(1, ordering: .sequentiallyConsistent)
        pump.withLock { task in
            guard task == nil else { return }
            task = Task(executorPreference: pool) { [weak self, bell, pool] in
                while !Task.isCancelled {
                    await bell.wait()
                    self?.fanOut()
                }
                withExtendedLifetime(pool) {}
            }
        }
    }

    func remove(_ buffer: EventBuffer) {
        let isGone = buffers.withLock { buffers in
            let count = buffers.count
            buffers.removeAll { $0 === buffer }
            return buffers.count < count
        }
        buffer.close()
        if isGone { listening.subtract(1, ordering: .sequentiallyConsistent) }
    }

    /// Hands what has come in to every listener.
    func fanOut() {
        // Under the lock, so that whoever else does this at the same time does not overtake.
        buffers.withLock { buffers in
            let events = inbox.drain()
            guard !events.isEmpty else { return }
            waiting.subtract(events.count, ordering: .relaxed)
            for buffer in buffers { lost.add(buffer.push(events), ordering: .relaxed) }
        }
        warn(isLast: false)
    }

    /// Ends it. Listeners hear what was told before.
    func close() {
        fanOut()
        for buffer in buffers.withLock({ $0 }) { remove(buffer) }
        pump.withLock { task in
            task?.cancel()
            task = nil
        }
        warn(isLast: true)
    }

    deinit { pump.withLock { $0?.cancel() } }

    /// Says how many events were dropped, every ten seconds at the most.
    private func warn(isLast: Bool) {
        guard lost.load(ordering: .relaxed) > 0 else { return }
        let isTime = warned.withLock { last in
            let now = ContinuousClock.now
            guard isLast || last.map({ $0 + .seconds(10) <= now }) ?? true else { return false }
            last = now
            return true
        }
        guard isTime else { return }
        logger.warning(
            "Job events were dropped: a listener does not keep up",
            metadata: ["count": "\(lost.exchange(0, ordering: .relaxed))"])
    }
}

/// What is told of a job while somebody has yet to tell what came before.
private struct Held {
    var holders = 0
    var events: [JobEvent] = []

    /// By the claims they belong to; those of one claim as they came.
    var inOrder: [JobEvent] {
        events.enumerated().sorted { ($0.element.lease, $0.offset) < ($1.element.lease, $1.offset) }.map(\.element)
    }
}
