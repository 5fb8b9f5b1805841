// Jobs that ended, in the order they ended, so that the oldest are forgotten first.
//
// A job that is brought back or deleted is not searched for: its `place` number has changed, and what it left on the shelf
// is recognised as stale when it comes up, or swept out when there is more of it than of anything else.

import DequeModule

struct MemoryShelf {
    private struct Item {
        let entry: MemoryEntry
        let place: UInt32
        var isStale: Bool { place != entry.place }
    }

    private var items = Deque<Item>()
    /// How many jobs stand here.
    private(set) var count = 0

    mutating func add(_ entry: MemoryEntry) {
        items.append(Item(entry: entry, place: entry.place))
        count += 1
        if items.count > 2 * count + 64 { items.removeAll { $0.isStale } }
    }

    /// One of the jobs here was brought back or forgotten.
    mutating func lose() { count -= 1 }

    /// The job that ended first, if there are too many or it ended too long ago.
    mutating func oldest(ifMoreThan limit: Int, orBefore moment: Timestamp?) -> MemoryEntry? {
        guard count > limit || moment != nil else { return nil }
        while let item = items.first, item.isStale { items.removeFirst() }
        guard let entry = items.first?.entry else { return nil }
        if count > limit { return entry }
        guard let moment, let end = entry.finishedAt, end < moment else { return nil }
        return entry
    }
}
