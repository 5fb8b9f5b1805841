/// Why a job was not accepted.
public enum QueueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// As many jobs are waiting as the queue holds.
    case full(limit: Int)
    /// The job's type was never registered, so no worker could run it.
    case notRegistered(type: String)
    /// Two types would be stored under one name.
    case duplicateName(name: String, types: [String])
    /// The job's value cannot be stored.
    case notEncodable(job: String, reason: String)
    /// The job's value is too large to be stored.
    case tooLarge(job: String, bytes: Int, limit: Int)
    /// An option makes no sense.
    case invalid(String)
    /// Nothing is running that could take a job.
    case noRunningApp

    /// A sentence that says what was wrong and what to do.
    public var description: String {
        switch self {
        case .full(let limit):
            "The queue is full: \(limit) jobs are waiting. Raise QUEUE_LIMIT, add workers, or try again later."
        case .notRegistered(let type):
            "\(type) was never registered, so nobody could run it. Call app.register(\(type).self) before the app runs."
        case .duplicateName(let name, let types):
            "\(types.joined(separator: " and ")) are both named “\(name)”. Give one of them a `static let name` of its own."
        case .notEncodable(let job, let reason):
            "\(job) cannot be stored: \(reason) A job must survive being encoded and decoded."
        case .tooLarge(let job, let bytes, let limit):
            "\(job) takes \(bytes) bytes; a job holds \(limit) at the most. Store the data elsewhere and pass its name."
        case .invalid(let sentence): sentence
        case .noRunningApp:
            "No app is running that could take the job. Call background on a request or an app, or after app.run() began."
        }
    }
}

/// Why a job has no value to give.
public enum JobError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It failed for good.
    case failed(JobFailure)
    /// It was called off.
    case cancelled
    /// It did not end within the time you were ready to wait. The job itself goes on.
    case timedOut
    /// There is no such job, or no longer.
    case unknown(JobID)
    /// It ended, but what it returned was not kept or is of another type.
    case noResult(String)

    /// A sentence for a person.
    public var description: String {
        switch self {
        case .failed(let failure): "The job failed: \(failure)"
        case .cancelled: "The job was cancelled."
        case .timedOut: "The job has not ended yet; it goes on."
        case .unknown(let id): "There is no job \(id), or it is no longer kept."
        case .noResult(let reason): "The job ended, but \(reason)."
        }
    }
}
