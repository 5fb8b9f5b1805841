// One queue's due jobs, in the order they are handed out: priority (higher first), due time, id.
//
// Nearly all jobs arrive in that order already, so they go to the end of a deque at no cost; only those that do not (a
// priority, a retry that became due) go into a heap. The next job is the better of the two fronts.

import DequeModule
import HeapModule

final class MemoryLine {
    let name: String
    var isPaused = false
    private var tally = StateTally()
    private var inOrder = Deque<Item>()
    private var others = Heap<Item>()

    init(_ name: String) { self.name = name }

    var jobsByState: [JobState: Int] {
        Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, tally[$0]) }.filter { $0.1 > 0 })
    }

    /// There are so many more jobs in a state.
    func count(_ state: JobState, _ change: Int) { tally[state] += change }

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

/// How many jobs are in each state. Plain numbers in a row: an array would be one more thing to reach for with each step of
/// a job.
private struct StateTally {
    private var scheduled = 0
    private var pending = 0
    private var running = 0
    private var completed = 0
    private var retrying = 0
    private var failed = 0
    private var cancelled = 0

    subscript(state: JobState) -> Int {
        get {
            switch state {
            case .scheduled: scheduled
            case .pending: pending
            case .running: running
            case .completed: completed
            case .retrying: retrying
            case .failed: failed
            case .cancelled: cancelled
            }
        }
        set {
            switch state {
            case .scheduled: scheduled = newValue
            case .pending: pending = newValue
            case .running: running = newValue
            case .completed: completed = newValue
            case .retrying: retrying = newValue
            case .failed: failed = newValue
            case .cancelled: cancelled = newValue
            }
        }
    }
}
