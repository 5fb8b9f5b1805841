import Synchronization

/// When this process last said of each queue that it is paused because no mail can leave.
final class LoudPauses: Sendable {
    private let moments = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Whether that has not been said since an attempt began; it counts as said from now on.
    func isNew(_ queue: String, to attempt: ContinuousClock.Instant) -> Bool {
        moments.withLock { moments in
            if let said = moments[queue], said >= attempt { return false }
            moments[queue] = .now
            return true
        }
    }
}
