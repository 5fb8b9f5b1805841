import Synchronization

/// The queues that were paused because no mail could leave.
final class PausedQueues: Sendable {
    private let names = Mutex<Set<String>>([])

    /// Answers whether it is new.
    func insert(_ queue: String) -> Bool { names.withLock { $0.insert(queue).inserted } }

    /// A mail left again.
    func remove(_ queue: String) { names.withLock { _ = $0.remove(queue) } }
}
