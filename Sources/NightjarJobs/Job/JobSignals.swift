// What a job can throw to say what should become of it, when "it failed" is not the whole story.

/// Thrown by a job to be tried again after a delay of its own choosing; the attempt counts.
///
/// ```swift
/// if response.status == 429 { throw Retry(after: .seconds(response.retryAfter)) }
/// ```
public struct Retry: Error, Sendable, CustomStringConvertible {
    /// How long to wait; negative counts as zero.
    public var delay: Duration
    /// Why, for the log.
    public var reason: String

    /// Asks for another attempt after a delay.
    public init(after delay: Duration, reason: String = "the job asked to be retried") {
        self.delay = delay
        self.reason = reason
    }

    /// The reason.
    public var description: String { reason }
}

/// Thrown by a job that has nothing to do yet: it runs again later, and the attempt does not count.
public struct Snooze: Error, Sendable, CustomStringConvertible {
    /// How long to sleep; negative counts as zero.
    public var delay: Duration

    /// Puts the job off.
    public init(for delay: Duration) { self.delay = delay }

    /// For the log.
    public var description: String { "snoozed for \(delay)" }
}

/// Thrown by a job for which no retry can help: it becomes a dead letter at once.
public struct Discard: Error, Sendable, CustomStringConvertible {
    /// Why.
    public var reason: String

    /// Gives the job up.
    public init(reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}
