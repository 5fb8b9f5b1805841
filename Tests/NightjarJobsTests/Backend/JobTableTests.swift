import Testing

@testable import NightjarJobs

@Suite("JobTable")
struct JobTableTests {
    @Test("does what a dictionary does", arguments: [1, 2, 3, 4])
    func dictionary(seed: UInt64) {
        var random = Xorshift(state: seed)
        var table = JobTable<Int>()
        var model: [JobID: Int] = [:]
        // Few different hashes, so that probes collide and wrap around.
        let ids = (0..<300).map { JobID(high: random.next() % 64, low: UInt64($0 + 1)) }
        for step in 0..<20_000 {
            let id = ids[Int(random.next() % UInt64(ids.count))]
            switch random.next() % 3 {
            case 0:
                table[id] = step
                model[id] = step
            case 1: #expect(table.removeValue(forKey: id) == model.removeValue(forKey: id))
            default: #expect(table[id] == model[id])
            }
            #expect(table.count == model.count)
        }
        #expect(ids.allSatisfy { table[$0] == model[$0] })
        #expect(table.values.sorted() == model.values.sorted())
        #expect(Dictionary(uniqueKeysWithValues: table.all.map { ($0.id, $0.value) }) == model)
    }

    @Test("setting nil removes")
    func removal() {
        var table = JobTable<Int>()
        let id = JobID()
        table[id] = 1
        table[id] = nil
        #expect(table[id] == nil)
        #expect(table.count == 0)
    }

    private struct Xorshift: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }
}
