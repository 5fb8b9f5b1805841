// One attempt at one job, from claim to ending: runs the code with its context around it and catches what it throws.
//
// Nothing here touches a backend. Progress and the ending go to the Settler's inbox, without a lock.
//
// Who may say how it ended is decided by one word, which moves only by compare-and-exchange, so exactly one of them may:
//
//     waiting ──lane──► running ──its own code───────────► over
//        │                 ├─────the watchdog gave up────► writtenOff    (its thread is replaced)
//        │                 └─────a shutdown gave up──────► abandoned
//        └──taken back (claimed too much, shutdown)──────► over          (its code never runs)

import Logging
import Synchronization

/// One attempt at one job.
final class Attempt: Sendable {
    /// Why the attempt's task was cancelled, if it was; the first reason stays. One that has ended can no longer be
    /// interrupted, so that its lane can go on with the next.
    enum Interruption: Int, Sendable {
        case none, timeout, request, shutdown, leaseLost, tooLate
    }

    /// Where it is in its life.
    enum Phase: Int, Sendable {
        case waiting, running, over, writtenOff, abandoned
    }

    let job: ClaimedJob
    let runnable: any RunnableJob
    private let captured: (any CapturedContext)?
    private let base: Logger
    private let settler: Settler
    private let watchdog: Watchdog
    private let lane = AtomicLazyReference<Lane>()
    private let stored = Atomic<Int>(Phase.waiting.rawValue)
    /// The clock's uptime when its code began, in microseconds; written before it is `running`.
    private let begunAt = Atomic<Int64>(0)
    private let interruption = Atomic<Int>(0)
    /// Where it stands among those in hand; -1 if it does not. Touched under the lock of ``Slots`` only.
    let place = Atomic<Int>(-1)
    private let latestProgress = Mutex<(value: JobProgress?, isReported: Bool)>((nil, false))

    init(
        _ job: ClaimedJob, runnable: any RunnableJob, captured: (any CapturedContext)?,
        settler: Settler, watchdog: Watchdog, logger: Logger
    ) {
        self.job = job
        self.runnable = runnable
        self.captured = captured
        self.settler = settler
        self.watchdog = watchdog
        self.base = logger
    }

    /// A logger with the job, the attempt and what caused it on every line.
    var logger: Logger {
        var logger = base
        logger[metadataKey: "job.id"] = "\(job.id)"
        logger[metadataKey: "job.name"] = "\(job.spec.name)"
        logger[metadataKey: "job.attempt"] = "\(job.attempt)"
        for (key, value) in captured?.logMetadata ?? [:] { logger[metadataKey: key] = value }
        return logger
    }

    /// Cancels the attempt's task.
    func interrupt(_ reason: Interruption) {
        let (first, _) = interruption.compareExchange(
            expected: 0, desired: reason.rawValue, ordering: .sequentiallyConsistent)
        if first { lane.load()?.cancel() }
    }

    /// Whether it is over and its code did run.
    var hasWorked: Bool { interrupted == .tooLate }

    var interrupted: Interruption {
        Interruption(rawValue: interruption.load(ordering: .sequentiallyConsistent)) ?? .none
    }

    var phase: Phase { Phase(rawValue: stored.load(ordering: .sequentiallyConsistent)) ?? .over }

    /// Whether somebody has said how it ended.
    var hasFinished: Bool {
        switch phase {
        case .waiting, .running: false
        case .over, .writtenOff, .abandoned: true
        }
    }

    /// The clock's uptime when it will be cancelled for taking too long; none while its code is not running.
    var deadline: Duration? { phase == .running ? limit : nil }

    /// The same on the wall clock as it goes now.
    var wallDeadline: Timestamp { watchdog.clock.now + (limit - watchdog.clock.uptime) }

    private var limit: Duration {
        .microseconds(begunAt.load(ordering: .sequentiallyConsistent)) + job.spec.timeout
    }

    private func move(from old: Phase, to new: Phase) -> Bool {
        stored.compareExchange(
            expected: old.rawValue, desired: new.rawValue, ordering: .sequentiallyConsistent
        ).exchanged
    }

    /// Takes back an attempt that has not begun. Answers whether it had not: then the caller says how it ended.
    func withdraw() -> Bool { move(from: .waiting, to: .over) }

    /// Gives up on an attempt whose code does not end. Answers whether it had not: then the caller says how it ended.
    func writeOff() -> Bool { move(from: .running, to: .writtenOff) }

    /// The same when the worker stops and there is no thread to be replaced any more.
    func abandon() -> Bool { move(from: .running, to: .abandoned) }

    /// Reports progress; what is not written down yet is replaced by what is newer.
    func report(_ progress: JobProgress) {
        guard !hasFinished else { return }
        let isWaiting = latestProgress.withLock { latest in
            defer { latest = (progress, true) }
            return latest.isReported
        }
        if !isWaiting { settler.progressed(self) }
    }

    /// Takes the progress that is to be written down.
    func takeProgress() -> JobProgress? {
        latestProgress.withLock { latest in
            defer { latest = (nil, false) }
            return latest.value
        }
    }

    /// Runs the job's code, unless the attempt was taken back or interrupted before it began.
    func run(in lane: Lane) async -> Lane.Next {
        begunAt.store(watchdog.clock.uptime.microseconds, ordering: .sequentiallyConsistent)
        guard move(from: .waiting, to: .running) else { return .goOn }
        _ = self.lane.storeIfNil(lane)
        let ending = interrupted == .none ? await ending() : ending(after: CancellationError())
        let disposition = settler.decide(self, ending)
        let (isClean, _) = interruption.compareExchange(
            expected: 0, desired: Interruption.tooLate.rawValue, ordering: .sequentiallyConsistent)
        guard move(from: .running, to: .over) else {
            watchdog.endedLate(self)
            return .writtenOff
        }
        settler.ended(self, disposition)
        return isClean ? .goOn : .close
    }

    private func ending() async -> Ending {
        let context = JobContext(owner: self)
        do {
            let output = try await JobContext.$current.withValue(context) {
                guard let captured else { return try await runnable.run(context) }
                return try await captured.bind(context) { try await runnable.run(context) }
            }
            return .returned(output)
        } catch {
            return ending(after: error)
        }
    }

    /// Tells hooks of an attempt that was written off, on their threads and in its context.
    func tellWrittenOff() {
        guard let hooked = runnable as? HookedJob else { return }
        let context = JobContext(owner: self)
        Task.detached { [captured] in
            try? await JobContext.$current.withValue(context) {
                guard let captured else { return await hooked.tellWrittenOff(context) }
                _ = try await captured.bind(context) {
                    await hooked.tellWrittenOff(context)
                    return .none
                }
            }
        }
    }

    /// What an error means: what the code says, or what it was told.
    private func ending(after error: any Error) -> Ending {
        switch interrupted {
        case .none, .tooLate: .threw(error)
        case .timeout: .timedOut(after: job.spec.timeout)
        case .request: .cancelled
        case .shutdown, .leaseLost: .released
        }
    }
}
