import NightjarJobs

/// A job's state as its row says it. The numbers are the schema's; indexes and statements spell them out.
///
/// A row that waits for its time says so until a claim finds it due; whoever reads one whose time has come reads `pending`.
enum StoredState: Int64 {
    case scheduled = 0
    case retrying = 1
    case pending = 2
    case running = 3
    case completed = 4
    case cancelled = 5
    case failed = 6

    init(_ state: JobState) {
        self =
            switch state {
            case .scheduled: .scheduled
            case .retrying: .retrying
            case .pending: .pending
            case .running: .running
            case .completed: .completed
            case .cancelled: .cancelled
            case .failed: .failed
            }
    }

    var isWaiting: Bool { rawValue <= Self.pending.rawValue }

    /// The state as everybody names it.
    func state(due: Timestamp, now: Timestamp) -> JobState {
        switch self {
        case .scheduled: due <= now ? .pending : .scheduled
        case .retrying: due <= now ? .pending : .retrying
        case .pending: .pending
        case .running: .running
        case .completed: .completed
        case .cancelled: .cancelled
        case .failed: .failed
        }
    }
}
