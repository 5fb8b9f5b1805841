// Who waits for which job. The backend says "these jobs changed"; the watches of those jobs are raised, and their owners
// look for themselves. With nobody waiting, which is the usual case, a change costs one atomic read.

import Synchronization

final class JobWatches: Sendable {
    private let watches = Mutex<[JobID: [ObjectIdentifier: Signal]]>([:])
    private let count = Atomic<Int>(0)

    func watch(_ id: JobID) -> JobWatch {
        let watch = JobWatch(id: id, owner: self)
        watches.withLock { $0[id, default: [:]][ObjectIdentifier(watch.signal)] = watch.signal }
        count.add(1, ordering: .sequentiallyConsistent)
        return watch
    }

    func changed(_ ids: [JobID]) {
        guard count.load(ordering: .sequentiallyConsistent) > 0 else { return }
        let signals = watches.withLock { watches in ids.compactMap { watches[$0]?.values }.flatMap { $0 } }
        for signal in signals { signal.raise() }
    }

    /// Raises every watch, because news may have been missed.
    func changedPerhaps() {
        let signals = watches.withLock { $0.values.flatMap(\.values) }
        for signal in signals { signal.raise() }
    }

    fileprivate func end(_ watch: JobWatch) {
        count.subtract(1, ordering: .sequentiallyConsistent)
        watches.withLock { watches in
            watches[watch.id]?[ObjectIdentifier(watch.signal)] = nil
            if watches[watch.id]?.isEmpty == true { watches[watch.id] = nil }
        }
    }
}

/// One party's interest in one job; it ends with the object.
final class JobWatch: Sendable {
    let id: JobID
    let signal = Signal()
    private let owner: JobWatches

    init(id: JobID, owner: JobWatches) {
        self.id = id
        self.owner = owner
    }

    deinit { owner.end(self) }
}
