/// How a job database is used.
public struct SQLiteOptions: Sendable {
    /// What an answer waits for.
    public enum Synchronous: String, Sendable {
        /// A commit survives the end of the process at once, and a power cut as of the latest checkpoint: what was
        /// accepted in the last moments before a power cut may be lost, nothing is ever damaged.
        case normal
        /// What is said to be stored is on the disk and survives a power cut. Answers wait for it, and so does news of them;
        /// what is handed to a worker does not, since a power cut ends the worker, too, and the job runs again. While an answer
        /// waits, a fraction of a millisecond, others can already see what it is about.
        case full
    }

    /// What an answer waits for; `normal`, since an `fsync` costs ten to a hundred times what a commit does.
    public var synchronous: Synchronous
    /// How long to wait for another process that holds the database: 15 s, longer than a backup or a checkpoint takes,
    /// shorter than the lease of a running job.
    public var busyTimeout: Duration
    /// How many jobs may wait; no limit by default, since a disk has room.
    public var limit: Int?
    /// How many questions (records, lists, counts) are answered at once: 3.
    public var readers: Int
    /// How much of the file each connection keeps in memory: 8 MB for the one that writes, a quarter for those that read.
    public var cacheBytes: Int
    /// How often to look whether something was missed: every 10 s. Nothing depends on it but what other programs do to
    /// the file behind our back.
    public var safetyInterval: Duration

    /// Options; each default is the one described with its field.
    public init(
        synchronous: Synchronous = .normal, busyTimeout: Duration = .seconds(15), limit: Int? = nil, readers: Int = 3,
        cacheBytes: Int = 8_000_000, safetyInterval: Duration = .seconds(10)
    ) {
        self.synchronous = synchronous
        self.busyTimeout = busyTimeout
        self.limit = limit
        self.readers = readers
        self.cacheBytes = cacheBytes
        self.safetyInterval = safetyInterval
    }
}
