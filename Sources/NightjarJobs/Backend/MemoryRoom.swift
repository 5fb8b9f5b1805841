// How many jobs wait, and whether there is room for another. Counted outside of the store's lock, because a job that finds
// the store in use is accepted without it (see MemoryBackend), and is refused just the same when the queue is full.

import Synchronization

final class MemoryRoom: Sendable {
    let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Takes room for so many jobs, if there is enough.
    func take(_ count: Int) -> Bool {
        var before = taken.load(ordering: .relaxed)
        while before + count <= limit {
            let (done, current) = taken.weakCompareExchange(
                expected: before, desired: before + count, ordering: .relaxed)
            if done { return true }
            before = current
        }
        return false
    }

    /// Takes it whether there is enough or not.
    func takeAnyway(_ count: Int) { taken.add(count, ordering: .relaxed) }

    /// So many jobs no longer wait.
    func free(_ count: Int) {
        if count > 0 { taken.subtract(count, ordering: .relaxed) }
    }
}
