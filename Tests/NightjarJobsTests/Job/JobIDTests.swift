import Foundation
import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

@Suite("JobID")
struct JobIDTests {
    // ASOK-25
    @Test("is a UUID of version 7 that tells when it was made")
    func format() throws {
        let before = JobClock.system.now
        let id = JobID()
        let text = id.description
        #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(UUID(uuidString: text) != nil)
        #expect(JobID(text) == id)
        #expect(JobID(text.uppercased()) == id)
        #expect(JobID(bytes: id.bytes) == id)
        #expect(try JSONDecoder().decode(JobID.self, from: JSONEncoder().encode(id)) == id)
        // Other tests make ids at the same time, and past 4096 a millisecond the time part runs ahead.
        #expect(abs((id.createdAt - before).inSeconds) < 5)
    }

    @Test(
        "a text that is no id is none",
        arguments: [
            "", "x", "01a1fc90-31c4-7000-b485-0a887144eeb", "01a1fc90-31c4-7000-b485-0a887144eeb00",
            "01a1fc90x31c4-7000-b485-0a887144eeb0", "01a1fc90-31c4-7000-b485-0a887144eebg",
            "01a1fc9-031c4-7000-b485-0a887144eeb0", "é1a1fc90-31c4-7000-b485-0a887144eeb",
            "'; drop table jobs; --              ",
        ])
    func notAnID(text: String) {
        #expect(JobID(text) == nil)
    }

    @Test("ids are unique, and increase on every thread")
    func uniqueAndIncreasing() async {
        let batches = await withTaskGroup(of: [JobID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5000).map { _ in JobID() } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(batches.flatMap { $0 }).count == 40_000)
        #expect(batches.allSatisfy { $0 == $0.sorted() })
    }

    @Test("ids increase when the clock stands still, is set back, or runs out of numbers in a millisecond")
    func clocks() {
        var generator = JobIDGenerator()
        var moment = Timestamp(microseconds: 1_900_000_000_000_000)
        var latest = generator.next(at: moment)
        for step in 0..<10_000 {
            if step == 5000 { moment = moment - .seconds(3600) }
            let next = generator.next(at: moment)
            #expect(next > latest)
            latest = next
        }
        #expect(generator.next(at: Timestamp(microseconds: -5)) > latest)
    }
}
