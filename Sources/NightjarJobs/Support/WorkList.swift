// What is to be done next, oldest first: anybody puts in, the threads that do it take out.
//
// Putting in takes no lock (see Inbox). Taking out is guarded by a mutex that only the threads that do the work take, so
// nobody else can be made to wait by one of them.

import Synchronization

/// Pieces of work in the order they came.
final class WorkList<Piece: Sendable>: Sendable {
    private let inbox = Inbox<Piece>()
    /// What was taken out of the inbox, newest first, so that taking the oldest is taking the last.
    private let ready = Mutex<[Piece]>([])
    private let readyCount = Atomic<Int>(0)

    /// Whether there was nothing to do at that moment.
    var isEmpty: Bool { inbox.isEmpty && readyCount.load(ordering: .sequentiallyConsistent) == 0 }

    func push(_ piece: Piece) { inbox.push(piece) }

    /// The oldest piece, and whether it was the last.
    func next() -> (piece: Piece, isLast: Bool)? {
        guard !isEmpty else { return nil }
        let piece = ready.withLock { ready in
            if ready.isEmpty {
                // Counted before it is moved, so that the list never looks empty while it is not.
                readyCount.store(1, ordering: .sequentiallyConsistent)
                ready = inbox.drainNewestFirst()
            }
            let piece = ready.popLast()
            readyCount.store(ready.count, ordering: .sequentiallyConsistent)
            return piece
        }
        return piece.map { ($0, isEmpty) }
    }
}
