// The states a job can be in, and the words everybody uses for them.
//
//     scheduled ─due─► pending ──claim──► running ──► completed
//                       ▲                   ├─ error, attempts left ─► retrying ─due─► pending
//                       │                   ├─ error, none left, or Discard ─► failed
//                       │                   ├─ cancel ─► cancelled
//                       └─ snooze, release, worker died

/// Where a job is in its life.
public enum JobState: String, Codable, CaseIterable, Sendable {
    /// Waits for its time.
    case scheduled
    /// Waits for a free worker.
    case pending
    /// Is being run.
    case running
    /// Ended well.
    case completed
    /// Failed, and waits for its next attempt.
    case retrying
    /// Failed for good: a dead letter.
    case failed
    /// Was called off.
    case cancelled

    /// Whether the job will do nothing more unless an operator retries it.
    public var isTerminal: Bool { self == .completed || self == .failed || self == .cancelled }

    /// Whether the job still waits to be claimed.
    public var isWaiting: Bool { self == .scheduled || self == .pending || self == .retrying }
}

/// How far a running job says it is.
public struct JobProgress: Codable, Hashable, Sendable {
    /// From 0 to 1.
    public var fraction: Double
    /// What it is doing, in words for the person who waits.
    public var message: String?

    /// A progress; use ``JobContext/progress(_:_:)`` to report one.
    public init(fraction: Double, message: String? = nil) {
        self.fraction = fraction
        self.message = message
    }
}

/// What went wrong in one attempt.
public struct JobFailure: Codable, Hashable, Sendable, Error, CustomStringConvertible {
    /// The error's type, such as `MyApp.PaymentError`.
    public var type: String
    /// The error in words.
    public var message: String
    /// Which attempt it was, counted from 1.
    public var attempt: Int
    /// When it ended.
    public var at: Timestamp
    /// Which worker ran it.
    public var worker: String?

    /// A failure from its parts.
    public init(type: String, message: String, attempt: Int, at: Timestamp, worker: String? = nil) {
        self.type = type
        self.message = message
        self.attempt = attempt
        self.at = at
        self.worker = worker
    }

    /// How many characters of an error's words are kept: 4000. Some carry the whole answer of another system.
    static let longestMessage = 4000

    /// The failure that an error makes of an attempt.
    public init(_ error: any Error, attempt: Int, at: Timestamp, worker: String? = nil) {
        self.init(
            type: String(reflecting: Swift.type(of: error)), message: Self.words(of: error),
            attempt: attempt, at: at, worker: worker)
    }

    private static func words(of error: any Error) -> String {
        let words = String(describing: error)
        // Counting characters takes a while, and as bytes they are at least as many.
        guard words.utf8.count > longestMessage, words.count > longestMessage else { return words }
        return words.prefix(longestMessage) + "… (\(words.count) characters)"
    }

    /// The type and the message.
    public var description: String { message.isEmpty ? type : "\(type): \(message)" }
}
