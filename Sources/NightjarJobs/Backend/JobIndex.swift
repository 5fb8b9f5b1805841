// A memory backend's jobs, in the order of their ids.
//
// Ids of one process are made in order, and nearly in that order jobs come, end and are forgotten, too. So a new one goes to
// the end, what is forgotten goes from the front, and both ends are in the processor's cache; in a table of a hundred
// thousand finished jobs nearly every step would have to fetch its line from memory, which takes longer than the step. A
// look-up closes in on a job from both ends at once; workers need none, since they have theirs at hand.
//
// A job that goes from the middle leaves a gap. Gaps are closed when there are as many of them as jobs.

import DequeModule

struct JobIndex {
    private var ids = Deque<JobID>()
    private var entries = Deque<MemoryEntry?>()
    private var gaps = 0

    var count: Int { ids.count - gaps }

    /// The jobs, oldest ids first.
    var values: some Sequence<MemoryEntry> { entries.lazy.compactMap { $0 } }

    subscript(id: JobID) -> MemoryEntry? {
        let place = place(of: id)
        return place < ids.count && ids[place] == id ? entries[place] : nil
    }

    mutating func insert(_ entry: MemoryEntry) {
        if ids.last.map({ $0 < entry.id }) ?? true {
            ids.append(entry.id)
            entries.append(entry)
            return
        }
        let place = place(of: entry.id)
        if ids[place] == entry.id {
            if entries[place] == nil { gaps -= 1 }
            entries[place] = entry
        } else {
            ids.insert(entry.id, at: place)
            entries.insert(entry, at: place)
        }
    }

    /// Takes a job out. Answers whether it was there.
    mutating func remove(_ id: JobID) -> Bool {
        let place = place(of: id)
        guard place < ids.count, ids[place] == id, entries[place] != nil else { return false }
        entries[place] = nil
        gaps += 1
        while let first = entries.first, first == nil {
            ids.removeFirst()
            entries.removeFirst()
            gaps -= 1
        }
        if gaps > count + 64 { closeGaps() }
        return true
    }

    /// Where an id stands, or where it would be put.
    private func place(of id: JobID) -> Int {
        var (low, high) = (0, ids.count)
        var step = 1
        // The job is nearly always close to one of the ends.
        while step < high - low {
            if ids[low + step] >= id {
                high = low + step
                break
            }
            if ids[high - step] < id {
                low = high - step
                break
            }
            step *= 2
        }
        while low < high {
            let middle = low + (high - low) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func closeGaps() {
        let kept = ids.indices.filter { entries[$0] != nil }
        ids = Deque(kept.map { ids[$0] })
        entries = Deque(kept.map { entries[$0] })
        gaps = 0
    }
}
