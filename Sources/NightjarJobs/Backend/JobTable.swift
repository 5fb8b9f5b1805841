// Values by job id, open addressing with linear probing.
//
// A dictionary hashes each key with a keyed hash, because its keys may come from an attacker. A job's id is made here, and
// its time and counter are a number that no two ids of this process share; so four ids made in a row stand side by side, and
// each group of four is scattered by a multiplication. What is claimed and settled together then lies together in the
// processor's cache, and the table may be fuller than a dictionary's.
//
// Ids and values lie apart, because a look-up passes others by, whose values it need not touch.

/// A table of values by job id.
struct JobTable<Value> {
    /// Where nothing stands there is an id of zeros, which no job has.
    private var ids = ContiguousArray(repeating: Self.nobody, count: 16)
    private var slots = ContiguousArray<Value?>(repeating: nil, count: 16)
    private(set) var count = 0

    private static var nobody: JobID { JobID(high: 0, low: 0) }

    /// The values, in no order.
    var values: some Sequence<Value> { slots.lazy.compactMap { $0 } }

    /// The ids and values, in no order.
    var all: some Sequence<(id: JobID, value: Value)> {
        zip(ids, slots).lazy.compactMap { id, value in value.map { (id, $0) } }
    }

    subscript(id: JobID) -> Value? {
        get { slots[place(of: id)] }
        set {
            guard let newValue else {
                removeValue(forKey: id)
                return
            }
            precondition(id != Self.nobody, "an id of zeros is no job's")
            var place = place(of: id)
            if ids[place] != id {
                // Four fifths full is where probes stay short and memory is still well used.
                if (count + 1) * 5 > ids.count * 4 {
                    grow()
                    place = self.place(of: id)
                }
                count += 1
                ids[place] = id
            }
            slots[place] = newValue
        }
    }

    @discardableResult
    mutating func removeValue(forKey id: JobID) -> Value? {
        var hole = place(of: id)
        guard let removed = slots[hole].take() else { return nil }
        count -= 1
        // What stands behind the hole is moved up, unless it would come before the place it belongs to.
        var next = (hole + 1) & mask
        while ids[next] != Self.nobody {
            if (next &- home(of: ids[next])) & mask >= (next &- hole) & mask {
                ids[hole] = ids[next]
                slots.swapAt(hole, next)
                hole = next
            }
            next = (next + 1) & mask
        }
        ids[hole] = Self.nobody
        return removed
    }

    private var mask: Int { ids.count - 1 }

    private func home(of id: JobID) -> Int {
        // The high half without the version's four bits: milliseconds and counter.
        let number = (id.high >> 16) << 12 | id.high & 0xFFF
        let scattered = (number >> 2 &* 0x9E37_79B9_7F4A_7C15) >> 32
        return Int(truncatingIfNeeded: scattered << 2 | number & 3) & mask
    }

    /// Where an id stands, or where it would be put.
    private func place(of id: JobID) -> Int {
        var place = home(of: id)
        while ids[place] != id, ids[place] != Self.nobody { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        var larger = JobTable()
        larger.ids = ContiguousArray(repeating: Self.nobody, count: ids.count * 2)
        larger.slots = ContiguousArray(repeating: nil, count: ids.count * 2)
        for place in ids.indices where ids[place] != Self.nobody {
            let new = larger.place(of: ids[place])
            larger.ids[new] = ids[place]
            larger.slots[new] = slots[place].take()
        }
        larger.count = count
        self = larger
    }
}
