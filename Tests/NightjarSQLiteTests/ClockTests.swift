// The wall clock is set an hour forward or back while two workers share a file.

import NightjarJobs
import NightjarTesting
import Testing

@testable import NightjarSQLite

@Suite("A clock that is set", .timeLimit(.minutes(1)))
struct ClockTests {
    static let hour = Duration.seconds(3600)
    let clock = ManualClock()

    @Test("takes no job from a worker that lives, whoever looks", arguments: [hour, .zero - hour])
    func living(jump: Duration) async throws {
        let one = try await Store(clock: clock.jobClock)
        let two = try await Store(one.path, clock: clock.jobClock)
        let id = try await one.put()
        let job = try #require(try await one.take().first)
        clock.jump(by: jump)
        // One that was there when the clock was set, and one that came later and knows nothing of it.
        let three = try await Store(one.path, clock: clock.jobClock)
        for _ in 0..<10 {
            clock.advance(by: .seconds(20))
            #expect(try await one.backend.renew([Renewal(id: job.id, lease: job.lease)]) == [.held])
            for store in [two, three] { #expect(try await store.backend.rescue().isEmpty) }
        }
        #expect(try await one.end([job]) == [true])
        #expect(try await one.record(id)?.crashes == 0)
        for store in [one, two, three] { await store.backend.close() }
    }

    @Test("gives no worker that hangs an hour more or less", arguments: [hour, .zero - hour])
    func hanging(jump: Duration) async throws {
        let one = try await Store(clock: clock.jobClock)
        let two = try await Store(one.path, clock: clock.jobClock)
        let id = try await one.put()
        #expect(try await one.take().count == 1)
        clock.jump(by: jump)
        let three = try await Store(one.path, clock: clock.jobClock)
        clock.advance(by: .seconds(29))
        for store in [two, three] { #expect(try await store.backend.rescue().isEmpty) }
        clock.advance(by: .seconds(2))
        // Its process lives: what it says late is waited for as well.
        #expect(try await three.backend.rescue().isEmpty)
        clock.advance(by: .seconds(15))
        #expect(try await three.backend.rescue().map(\.id) == [id])
        #expect(try await two.take().map(\.id) == [id])
        for store in [one, two, three] { await store.backend.close() }
    }

    @Test("runs nothing before its time, and what is due at once")
    func due() async throws {
        let store = try await Store(clock: clock.jobClock)
        let later = try await store.put(after: .seconds(60))
        clock.jump(by: .zero - Self.hour)
        clock.advance(by: .seconds(61))
        #expect(try await store.take().isEmpty)
        clock.jump(by: Self.hour)
        #expect(try await store.take().map(\.id) == [later])
        await store.backend.close()
    }

    @Test("is looked up in what was noted")
    func history() {
        let start = clock.now
        var history = ClockHistory(now: start, uptime: .seconds(100))
        #expect(history.uptime(at: start) == .seconds(100))
        history.note(now: start + .seconds(10.4), uptime: .seconds(110))
        #expect(history.uptime(at: start + .seconds(8)) == .seconds(108))
        // Set forward somewhere between 110 and 120.
        history.note(now: start + .seconds(3620), uptime: .seconds(120))
        #expect(history.uptime(at: start + .seconds(15)) == .seconds(115))
        #expect(history.uptime(at: start + .seconds(3618)) == .seconds(118))
        // Back again: what was shown twice is taken for the later time.
        history.note(now: start + .seconds(30), uptime: .seconds(130))
        #expect(history.uptime(at: start + .seconds(28)) == .seconds(128))
        #expect(history.uptime(at: start + .seconds(3625)) == .seconds(125))
        // Never shown: at the beginning.
        #expect(history.uptime(at: start - .seconds(3600)) == .seconds(100))
        #expect(history.uptime(at: Timestamp(microseconds: .max)) == .seconds(100))
        for step in 0..<40 { history.note(now: start + .seconds(step * 1000), uptime: .seconds(200 + step)) }
        #expect(history.uptime(at: start) >= .seconds(100))
    }
}
