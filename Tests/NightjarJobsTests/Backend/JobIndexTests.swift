import Testing

@testable import NightjarJobs

@Suite("JobIndex")
struct JobIndexTests {
    private let line = MemoryLine("default")

    private func entry(_ number: Int) -> MemoryEntry {
        let now = Timestamp(microseconds: 0)
        return MemoryEntry(
            NewJob(
                id: JobID(high: UInt64(number), low: 7), spec: JobSpec(name: "numbered"), payload: .encoded([]),
                createdAt: now, dueAt: now), in: line)
    }

    @Test("does what a dictionary does, whatever comes and goes in whatever order")
    func dictionary() {
        var random = ScheduleRandom("JobIndex")
        var index = JobIndex()
        var model: [JobID: MemoryEntry] = [:]
        for step in 0..<20_000 {
            // Mostly in order, as jobs come; some from long ago, and some that are there.
            let number = random.next() % 8 == 0 ? Int(random.next() % UInt64(step + 1)) : step
            let entry = entry(number)
            index.insert(entry)
            model[entry.id] = entry
            for _ in 0..<(random.next() % 3) {
                let old = JobID(high: UInt64(max(0, step - Int(random.next() % 600))), low: 7)
                let isRemoved = index.remove(old)
                #expect(isRemoved == (model.removeValue(forKey: old) != nil))
            }
            let asked = JobID(high: random.next() % UInt64(step + 2), low: 7)
            #expect(index[asked] === model[asked])
            #expect(index.count == model.count)
        }
        #expect(Array(index.values.map(\.id)) == model.keys.sorted())
        for id in Array(model.keys) {
            let isRemoved = index.remove(id)
            #expect(isRemoved)
        }
        #expect(index.count == 0)
        #expect(Array(index.values).isEmpty)
    }

    @Test("finds each of a thousand jobs from whichever end, and nobody between them")
    func everywhere() {
        var index = JobIndex()
        for number in 1...1000 { index.insert(entry(number * 2)) }
        for number in 1...1000 {
            #expect(index[JobID(high: UInt64(number * 2), low: 7)]?.id.high == UInt64(number * 2))
            #expect(index[JobID(high: UInt64(number * 2), low: 8)] == nil)
            #expect(index[JobID(high: UInt64(number * 2 - 1), low: 7)] == nil)
        }
        #expect(index[JobID(high: 0, low: 0)] == nil)
        #expect(index[JobID(high: .max, low: .max)] == nil)
    }
}
