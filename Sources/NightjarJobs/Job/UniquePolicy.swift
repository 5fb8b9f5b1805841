// Which jobs count as the same one, and what a second one does.
//
// A unique job claims its key in the backend. Whether the key is free is decided there, in the same step that stores the
// job, by an index: looking first and inserting afterwards would let two callers both find nothing.

/// Makes a job the only one of its key for a while.
///
/// ```swift
/// JobOptions(unique: UniquePolicy(key: "report-\(userID)"))                                  // one waiting or running
/// JobOptions(unique: UniquePolicy(key: "sync", while: [.scheduled, .pending, .retrying]))    // one running and one waiting
/// JobOptions(unique: UniquePolicy(key: "digest", for: .seconds(3600)))                       // at most one an hour
/// ```
public struct UniquePolicy: Codable, Hashable, Sendable {
    /// What a second job with the same key does.
    public enum Conflict: String, Codable, Sendable {
        /// The first stays as it is, and the second caller gets its future.
        case keep
        /// The first, if it has not started, takes over the second's value and due time; its id stays.
        case replace
    }

    /// The key, together with the job's name.
    public var key: String
    /// How long the key is held from `background` on, whatever becomes of the job.
    public var period: Duration?
    /// The states in which the job holds its key.
    public var states: Set<JobState>
    /// What a second job with the same key does.
    public var onConflict: Conflict

    /// The states of a job that has not ended.
    public static let unfinished: Set<JobState> = [.scheduled, .pending, .running, .retrying]

    /// A policy.
    /// - Parameters:
    ///   - key: 1 to 200 bytes; jobs of different names never collide.
    ///   - period: Holds the key at least that long from `background` on.
    ///   - states: Holds the key in these states; in every unfinished one by default, since that is what "only one" means.
    ///   - onConflict: What a second job does; it gives way by default, since the first was already promised.
    public init(
        key: String, for period: Duration? = nil, while states: Set<JobState> = unfinished,
        onConflict: Conflict = .keep
    ) {
        self.key = key
        self.period = period
        self.states = states
        self.onConflict = onConflict
    }

    var complaint: String? {
        guard (1...200).contains(key.utf8.count) else {
            return "a unique key needs 1 to 200 bytes, not \(key.utf8.count)"
        }
        if let period, period <= .zero { return "the period a unique key is held must be longer than nothing" }
        return nil
    }
}
