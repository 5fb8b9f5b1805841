/// How a job database is used.
public struct SQLiteOptions: Sendable {
    /// What a commit waits for.
    public enum Synchronous: String, Sendable {
        /// A commit survives the end of the process at once, and a power cut as of the latest checkpoint: what was
        /// accepted in the last moments before a power cut may be lost, nothing is ever damaged.
        case normal
        /// Each commit waits for the disk and survives a power cut.
        case full
    }

    /// What a commit waits for; `normal`, since one `fsync` per commit costs a hundred times the commit.
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
