// A line of bounded length that many may join and many may serve, and in which nobody ever waits for anybody.
//
// Each cell carries a turn number that says whose turn it is: `turn == position` means it may be filled, `position + 1`
// that it may be emptied, and after a round of the ring it is the next round's. Joining and leaving are one
// compare-and-swap on their own counter. (Dmitry Vyukov's bounded queue.)
//
// There is no lock on purpose: job threads run at background priority and may stand still at any line of their code, and
// with a lock everybody else would stand still with them.

import Synchronization

/// A bounded line: first in, first out.
// Sendable: an element belongs to its cell from the turn that fills it to the turn that empties it, and to one caller
// before and after.
final class Ring<Element: AnyObject & Sendable>: @unchecked Sendable {
    private struct Cell: ~Copyable {
        let turn: Atomic<Int>
        var element: Element?
    }

    private let cells: UnsafeMutablePointer<Cell>
    private let mask: Int
    private let joined = Atomic<Int>(0)
    private let left = Atomic<Int>(0)

    /// A line for at least so many.
    init(atLeast capacity: Int) {
        var size = 16
        while size < capacity { size *= 2 }
        mask = size - 1
        cells = .allocate(capacity: size)
        for index in 0..<size { (cells + index).initialize(to: Cell(turn: Atomic(index), element: nil)) }
    }

    deinit {
        cells.deinitialize(count: mask + 1)
        cells.deallocate()
    }

    /// Whether nobody was in the line at that moment.
    var isEmpty: Bool {
        left.load(ordering: .sequentiallyConsistent) >= joined.load(ordering: .sequentiallyConsistent)
    }

    /// Puts an element at the end. Answers false if the line is full.
    func push(_ element: Element) -> Bool {
        var position = joined.load(ordering: .relaxed)
        while true {
            let cell = cells + (position & mask)
            let turn = cell.pointee.turn.load(ordering: .acquiring)
            guard turn >= position else { return false }
            if turn == position {
                let (done, current) = joined.weakCompareExchange(
                    expected: position, desired: position + 1, ordering: .sequentiallyConsistent)
                position = current
                guard done else { continue }
                cell.pointee.element = element
                cell.pointee.turn.store(position + 1, ordering: .sequentiallyConsistent)
                return true
            }
            position = joined.load(ordering: .relaxed)
        }
    }

    /// Takes the element at the front; `nil` if there is none, or the one there is still being put down.
    func pop() -> Element? {
        var position = left.load(ordering: .relaxed)
        while true {
            let cell = cells + (position & mask)
            let turn = cell.pointee.turn.load(ordering: .acquiring)
            guard turn > position else { return nil }
            if turn == position + 1 {
                let (done, current) = left.weakCompareExchange(
                    expected: position, desired: position + 1, ordering: .sequentiallyConsistent)
                position = current
                guard done else { continue }
                let element = cell.pointee.element.take()
                cell.pointee.turn.store(position + mask + 1, ordering: .sequentiallyConsistent)
                return element
            }
            position = left.load(ordering: .relaxed)
        }
    }
}
