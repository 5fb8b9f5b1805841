// How what surrounds a call of `background` reaches the job. The engine does not know what a request is: it captures a
// value where `background` is called, carries it, and lets it bind itself around the job.

public import Logging

/// Captures what surrounds a call of `background` and brings it back in a worker.
public protocol ContextPropagator: Sendable {
    /// Captures the caller's surroundings; `nil` if there are none. Called on the caller's task.
    func capture() -> (any CapturedContext)?

    /// Brings back what ``CapturedContext/encode()`` wrote.
    /// - Throws: When the bytes cannot be understood.
    func restore(_ bytes: [UInt8]) throws -> any CapturedContext
}

/// The surroundings of one call of `background`.
public protocol CapturedContext: Sendable {
    /// The context as bytes, for a job that may run in another process; `nil` if it carries nothing.
    /// - Throws: When it cannot be carried, for instance because it is too large.
    func encode() throws -> [UInt8]?

    /// The context as a typed job sees it on every backend: what can be carried, and nothing of the live surroundings.
    /// - Throws: As ``encode()``.
    func detached() throws -> any CapturedContext

    /// Runs a job's code with this context bound around it.
    func bind(_ job: JobContext, _ body: () async throws -> JobOutput) async throws -> JobOutput

    /// What to put on the job's log lines, such as the id of the request that caused it.
    var logMetadata: Logger.Metadata { get }

    /// The id of the request that caused the job, by which operators find it; `nil` if there was none.
    var requestID: String? { get }
}

extension CapturedContext {
    /// No request.
    public var requestID: String? { nil }
}

/// The context of a job, alive or as bytes.
public enum ContextSnapshot: Sendable {
    /// There is none.
    case none
    /// The captured value itself, for a backend that keeps values.
    case live(any CapturedContext)
    /// What ``CapturedContext/encode()`` wrote. Copied verbatim through every retry and replay.
    case encoded([UInt8])
}
