// One attempt at one job, from claim to ending: runs the code with its context around it and catches what it throws.
//
// Nothing here touches a backend. Progress and the ending go to the Settler's inbox, without a lock.

import Logging
import Synchronization

/// One attempt at one job.
final class Attempt: Sendable {
    /// Why the attempt's task was cancelled, if it was; the first reason stays. One that has ended can no longer be
    /// interrupted, so that its lane can go on with the next.
    enum Interruption: Int, Sendable {
        case none, timeout, request, shutdown, leaseLost, tooLate
    }

    let job: ClaimedJob
    let deadline: Timestamp
    let runnable: any RunnableJob
    private let captured: (any CapturedContext)?
    private let base: Logger
    private let settler: Settler
    private let watchdog: Watchdog
    private let lane = AtomicLazyReference<Lane>()
    private let hasBegun = Atomic<Bool>(false)
    private let interruption = Atomic<Int>(0)
    private let latestProgress = Mutex<(value: JobProgress?, isReported: Bool)>((nil, false))
    /// Set once by whoever says first how the attempt ended: its own code, or the watchdog that gave up on it.
    private let isOver = Atomic<Bool>(false)
    /// Set by the watchdog before it gives up on the attempt.
    let isWrittenOff = Atomic<Bool>(false)

    init(
        _ job: ClaimedJob, runnable: any RunnableJob, captured: (any CapturedContext)?,
        settler: Settler, watchdog: Watchdog, logger: Logger
    ) {
        self.job = job
        self.deadline = job.claimedAt + job.spec.timeout
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

    /// Whether a lane has taken it.
    var isInLane: Bool { lane.load() != nil }

    /// Whether it is over and its code did run.
    var hasWorked: Bool { interrupted == .tooLate }

    /// Takes back an attempt that has not begun. Answers whether it had not.
    func withdraw() -> Bool { !hasBegun.exchange(true, ordering: .sequentiallyConsistent) && finish() }

    var interrupted: Interruption {
        Interruption(rawValue: interruption.load(ordering: .sequentiallyConsistent)) ?? .none
    }

    /// Claims the right to say how the attempt ended; only the first caller has it.
    func finish() -> Bool { !isOver.exchange(true, ordering: .sequentiallyConsistent) }

    /// Whether somebody has said how it ended.
    var hasFinished: Bool { isOver.load(ordering: .sequentiallyConsistent) }

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
        guard !hasBegun.exchange(true, ordering: .sequentiallyConsistent), !hasFinished else { return .goOn }
        _ = self.lane.storeIfNil(lane)
        let ending = interrupted == .none ? await ending() : ending(after: CancellationError())
        let (isClean, _) = interruption.compareExchange(
            expected: 0, desired: Interruption.tooLate.rawValue, ordering: .sequentiallyConsistent)
        guard finish() else {
            watchdog.endedLate(self)
            return .writtenOff
        }
        settler.ended(self, ending)
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
