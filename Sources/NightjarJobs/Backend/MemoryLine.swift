// One queue's due jobs, in the order they are handed out: priority (higher first), due time, id.
//
// Nearly all jobs arrive in that order already, so they go to the end of a deque at no cost; only those that do not (a
// priority, a retry that became due) go into a heap. The next job is the better of the two fronts.

import DequeModule
import HeapModule

final class MemoryLine {
    let name: String
    var isPaused = false
    private var tally = [Int](repeating: 0, count: JobState.allCases.count)
    private var inOrder = Deque<Item>()
    private var others = Heap<Item>()

    init(_ name: String) { self.name = name }

    var jobsByState: [JobState: Int] {
        Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, tally[$0.ordinal]) }.filter { $0.1 > 0 })
    }

    /// There are so many more jobs in a state.
    func count(_ state: JobState, _ change: Int) { tally[state.ordinal] += change }

    /// A place in the line. It is stale once the job has been put elsewhere.
    struct Item: Comparable {
        let entry: MemoryEntry
        let due: Int64
        private let rank: Int32
        private let place: UInt32

        init(_ entry: MemoryEntry, byTimeOnly: Bool = false) {
            self.entry = entry
            self.due = entry.dueAt.microseconds
            self.rank = byTimeOnly ? 0 : -Int32(clamping: entry.spec.priority)
            self.place = entry.place
        }

        var isStale: Bool { place != entry.place }

        static func < (left: Item, right: Item) -> Bool {
            if left.rank != right.rank { return left.rank < right.rank }
            if left.due != right.due { return left.due < right.due }
            return left.entry.id < right.entry.id
        }

        static func == (left: Item, right: Item) -> Bool { left.entry === right.entry && left.place == right.place }
    }

    func add(_ entry: MemoryEntry) {
        let item = Item(entry)
        if let last = inOrder.last, item < last {
            others.insert(item)
        } else {
            inOrder.append(item)
        }
    }

    /// The next job's place, stale ones cleared away.
    var first: Item? {
        while let item = inOrder.first, item.isStale { inOrder.removeFirst() }
        while let item = others.min, item.isStale { _ = others.popMin() }
        guard let front = inOrder.first else { return others.min }
        guard let other = others.min else { return front }
        return min(front, other)
    }

    func pop() -> MemoryEntry? {
        guard let item = first else { return nil }
        if inOrder.first == item { inOrder.removeFirst() } else { _ = others.popMin() }
        item.entry.place &+= 1
        return item.entry
    }
}

extension JobState {
    /// Its place in ``allCases``, for tables indexed by state.
    var ordinal: Int {
        switch self {
        case .scheduled: 0
        case .pending: 1
        case .running: 2
        case .completed: 3
        case .retrying: 4
        case .failed: 5
        case .cancelled: 6
        }
    }
}
