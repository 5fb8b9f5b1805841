// Writes down what became of attempts.
//
//     job thread ──ended/progressed──► inbox ──► settle, renew (one batch each) ──► logs, slots freed
//
// Whatever is waiting when the backend becomes free goes into one batch; nothing waits on purpose. A job thread only
// pushes into the inbox: it never takes the backend's lock, for which a page might be waiting.
//
// When the backend fails, the batch is kept and tried again, with growing pauses: for as long as the store says that its
// trouble may pass (a full disk, a lock), and at anything else until the lease would have run out; then the jobs are
// somebody else's, and the log says so. Under a lease an ending that comes late does no harm. A worker that is told to
// stop insists for a second more.

import Logging

final class Settler: Sendable {
    private enum Item: Sendable {
        case ended(Attempt, Disposition)
        case progressed(Attempt)
    }

    /// How large an encoded output may be: 16 MiB. More belongs into a file, and the name of that into the output.
    static let largestOutput = 16 << 20

    private let backend: any JobBackend
    private let registry: JobRegistry
    private let worker: String
    private let logger: Logger
    private let lease: Duration
    private let inbox = Inbox<Item>()
    private let bell = Signal()
    private let slots: Slots
    private let thread: ThreadPool
    private let pacemaker: Pacemaker
    private let events: EventPump?
    private let keepsValues: Bool

    init(
        backend: any JobBackend, registry: JobRegistry, worker: String, lease: Duration, slots: Slots,
        thread: ThreadPool, pacemaker: Pacemaker, events: EventPump? = nil, logger: Logger
    ) {
        self.backend = backend
        self.keepsValues = backend.traits.keepsValues
        self.registry = registry
        self.thread = thread
        self.worker = worker
        self.lease = lease
        self.logger = logger
        self.slots = slots
        self.pacemaker = pacemaker
        self.events = events
    }

    func ended(_ attempt: Attempt, _ ending: Ending) { ended(attempt, decide(attempt, ending)) }

    func ended(_ attempt: Attempt, _ disposition: Disposition) {
        inbox.push(.ended(attempt, disposition))
        bell.raise()
    }

    func progressed(_ attempt: Attempt) {
        inbox.push(.progressed(attempt))
        bell.raise()
    }

    /// Settles until the task is cancelled; then whatever is left, once more.
    func run() async {
        while !Task.isCancelled {
            await bell.wait()
            await settleAll()
        }
        await settleAll()
    }

    private func settleAll() async {
        while true {
            var items = inbox.drainNewestFirst()
            guard !items.isEmpty else { return }
            var ended: [Attempt] = []
            var settlements: [Settlement] = []
            var progressed: [Attempt] = []
            ended.reserveCapacity(items.count)
            settlements.reserveCapacity(items.count)
            // Taken out one by one, not copied: a copy costs more than the rest of the loop.
            while let item = items.popLast() {
                switch item {
                case .ended(let attempt, let disposition):
                    ended.append(attempt)
                    settlements.append(
                        Settlement(id: attempt.job.id, lease: attempt.job.lease, disposition: disposition))
                case .progressed(let attempt): progressed.append(attempt)
                }
            }
            pacemaker.ended(ended.count(where: \.hasWorked))
            slots.release(ended)
            if !progressed.isEmpty { await renew(progressed) }
            if !ended.isEmpty {
                await settle(settlements, of: ended)
                slots.settled(ended.count)
            }
        }
    }

    /// What an ending comes to. A job's ending is decided on the job's own thread, while its time still runs, since this
    /// is the app's code again: how the output is written down, what an error says of itself, a formula for retries.
    func decide(_ attempt: Attempt, _ ending: Ending) -> Disposition {
        // Nearly all jobs end so, and nothing else need be known about them.
        if case .returned(let output) = ending { return .completed(encoded(output, of: attempt)) }
        let spec = attempt.job.spec
        let ended = EndedAttempt(
            number: attempt.job.attempt, maxAttempts: spec.maxAttempts, policy: registry.policy(for: spec),
            onTimeout: spec.onTimeout, worker: worker)
        return disposition(after: ending, of: ended, now: backend.clock.now, chance: .random(in: 0...1))
    }

    /// An output as the backend wants it. One that cannot be written down is lost, and that is said; it does not make a
    /// job fail whose work is done.
    private func encoded(_ output: JobOutput, of attempt: Attempt) -> JobOutput {
        guard case .live(let value) = output else { return output }
        guard attempt.job.spec.storesResult else { return .none }
        guard !keepsValues else { return output }
        do {
            let bytes = try attempt.runnable.encode(value)
            guard bytes.count <= Self.largestOutput else {
                throw QueueError.invalid(
                    "it is \(bytes.count) bytes long, and \(Self.largestOutput) are kept at the most.")
            }
            return .encoded(bytes)
        } catch {
            attempt.logger.error(
                "Background job \(attempt.job.spec.name) is done, but its result cannot be stored: \(error)")
            return .none
        }
    }

    private func settle(_ settlements: [Settlement], of ended: [Attempt]) async {
        // A job that waits again may begin again before we can tell why.
        var held: [JobID] = []
        if let events, events.isHeard {
            for settlement in settlements where !settlement.disposition.isFinal && events.hold(settlement.id) {
                held.append(settlement.id)
            }
        }
        defer { for id in held { events?.release(id) } }
        guard let answers = await insist({ try await self.backend.settle(settlements) }) else {
            logger.error(
                "Endings could not be stored; these jobs will run again", metadata: ["count": "\(ended.count)"])
            for attempt in ended { tell(attempt, nil) }
            return
        }
        for (index, isAccepted) in zip(ended.indices, answers) {
            if isAccepted { log(settlements[index].disposition, of: ended[index]) } else { logLate(ended[index]) }
            tell(ended[index], isAccepted ? settlements[index].disposition : nil)
        }
    }

    /// Tells whoever listens how an attempt ended; one that never began is no news.
    private func tell(_ attempt: Attempt, _ disposition: Disposition?) {
        if case .pending = disposition, !attempt.hasWorked, (attempt.runnable as? HookedJob)?.runTime == nil { return }
        events?.emit(JobEvent(attempt, disposition, at: backend.clock.now))
    }

    private func renew(_ attempts: [Attempt]) async {
        let renewals = attempts.map { attempt in
            Renewal(id: attempt.job.id, lease: attempt.job.lease, duration: lease, progress: attempt.takeProgress())
        }
        guard let answers = try? await backend.renew(renewals) else { return }
        for (index, answer) in answers.enumerated() {
            let (attempt, progress) = (attempts[index], renewals[index].progress)
            attempt.obey(answer)
            guard let progress, answer != .lost else { continue }
            events?.emit(
                JobEvent(
                    .progressed, attempt.job.id, attempt.job.spec, attempt: attempt.job.attempt,
                    lease: attempt.job.lease, at: backend.clock.now, progress: progress))
        }
    }

    /// Tries again, with growing pauses, until there is no point in it.
    private func insist(_ store: @Sendable @escaping () async throws -> [Bool]) async -> [Bool]? {
        let leaseEnd = ContinuousClock.now + lease
        var stop: ContinuousClock.Instant?
        var pause = Duration.milliseconds(10)
        while true {
            do {
                // A task of its own, because a backend may roll back when the task it runs in is cancelled.
                return try await Task(executorPreference: thread) { try await store() }.value
            } catch {
                let next = ContinuousClock.now + pause
                if Task.isCancelled, stop == nil { stop = .now + .seconds(1) }
                if let stop, next > stop { return nil }
                guard (error as? any StoreError)?.mayPass == true || next < leaseEnd else { return nil }
                logger.warning("The backend did not take endings; trying again", metadata: ["error": "\(error)"])
                let wait = pause * Double.random(in: 0.5...1)
                await Task { try? await Task.sleep(for: wait) }.value
                pause = min(pause * 2, .seconds(2))
            }
        }
    }

    private func log(_ disposition: Disposition, of attempt: Attempt) {
        let name = attempt.job.spec.name
        switch disposition {
        case .completed, .pending, .scheduled: break
        case .retrying(let moment, let failure):
            attempt.logger.warning(
                "Background job \(name) failed and will be retried: \(failure)",
                metadata: ["job.next": "\(moment.date)"])
        case .failed(let failure): attempt.logger.error("Background job \(name) failed: \(failure)")
        case .cancelled(let failure):
            attempt.logger.info("Background job \(name) was cancelled\(failure.map { ": \($0)" } ?? "")")
        }
    }

    private func logLate(_ attempt: Attempt) {
        attempt.logger.warning("Background job \(attempt.job.spec.name) ended late; somebody else owns it by now")
    }
}

extension Attempt {
    /// Does what the backend said about the lease.
    func obey(_ answer: LeaseState) {
        switch answer {
        case .held: break
        case .cancelRequested: interrupt(.request)
        case .lost: interrupt(.leaseLost)
        }
    }
}
