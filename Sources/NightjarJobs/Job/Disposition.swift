// What becomes of a job after an attempt.
//
//     running ──► completed          the code returned
//             ──► retrying(at)       it threw or took too long, and the policy grants another attempt
//             ──► failed             none is left, or the policy refuses the error, or it said Discard
//             ──► scheduled(at)      it said Snooze; the attempt does not count
//             ──► pending            the worker is shutting down; the attempt does not count
//             ──► cancelled          somebody called it off, or it took too long and nobody minds
//
// Pure: the same attempt, ending and time give the same answer, so each row is one line of a table test. The Settler
// writes the answer down under the attempt's lease; if the lease has moved on, nothing is written.

/// How one attempt ended.
enum Ending: Sendable {
    case returned(JobOutput)
    case threw(any Error)
    case timedOut(after: Duration)
    case released
    case cancelled
}

/// Where a job goes after an attempt.
public enum Disposition: Sendable {
    /// It is done; what it returned is kept.
    case completed(JobOutput)
    /// It waits for its next attempt.
    case retrying(at: Timestamp, JobFailure)
    /// It is a dead letter.
    case failed(JobFailure)
    /// It asked to be put off; the attempt does not count.
    case scheduled(at: Timestamp)
    /// It goes back to its place in the queue; the attempt does not count.
    case pending
    /// It was called off.
    case cancelled(JobFailure?)
}

extension Disposition {
    /// Whether the job has ended, and does not wait again.
    var isFinal: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .retrying, .scheduled, .pending: false
        }
    }

    /// The same for a job that somebody called off while it ran: it does not wait again.
    package var calledOff: Disposition {
        switch self {
        case .pending, .scheduled: .cancelled(nil)
        case .retrying(_, let failure): .cancelled(failure)
        case .completed, .failed, .cancelled: self
        }
    }
}

/// What a job returned.
public enum JobOutput: Sendable {
    /// Nothing was kept.
    case none
    /// The value itself, for a backend that keeps values.
    case live(any Sendable)
    /// The value as JSON.
    case encoded([UInt8])
}

/// The attempt that ended: everything the decision depends on besides the ending.
struct EndedAttempt: Sendable {
    var number: Int
    var maxAttempts: Int
    var policy: RetryPolicy
    var onTimeout: TimeoutPolicy = .retry
    var worker: String?
}

/// Decides where a job goes after an attempt.
///
/// - Parameters:
///   - ending: How the attempt ended.
///   - attempt: Which attempt it was and what its job's options say.
///   - now: The store's time, not the worker's.
///   - chance: A number from 0 to 1 that decides the jitter.
func disposition(after ending: Ending, of attempt: EndedAttempt, now: Timestamp, chance: Double) -> Disposition {
    func failure(_ error: any Error) -> JobFailure {
        JobFailure(error, attempt: attempt.number, at: now, worker: attempt.worker)
    }
    func retryOrFail(_ error: any Error, after own: Duration? = nil) -> Disposition {
        guard attempt.number < attempt.maxAttempts,
            let delay = own ?? attempt.policy.delay(afterAttempt: attempt.number, error, chance: chance)
        else { return .failed(failure(error)) }
        return .retrying(at: now + max(.zero, delay), failure(error))
    }

    switch ending {
    case .returned(let output): return .completed(output)
    case .released: return .pending
    case .cancelled: return .cancelled(nil)
    case .threw(let snooze as Snooze): return .scheduled(at: now + max(.zero, snooze.delay))
    case .threw(let discard as Discard): return .failed(failure(discard))
    case .threw(let retry as Retry): return retryOrFail(retry, after: retry.delay)
    case .threw(let error): return retryOrFail(error)
    case .timedOut(let limit):
        let error = TimedOut(limit: limit)
        switch attempt.onTimeout {
        case .retry: return retryOrFail(error)
        case .fail: return .failed(failure(error))
        case .ignore: return .cancelled(failure(error))
        }
    }
}

/// The error of an attempt that took too long.
public struct TimedOut: Error, Sendable, CustomStringConvertible {
    /// How long it was allowed to take.
    public let limit: Duration

    /// For the log.
    public var description: String { "took longer than its timeout of \(limit)" }
}
