import Foundation
import NightjarJobs
import Testing

// Times missed in a downtime; and a firing has one name, whoever computes it. // AT-17
@Suite("missed firings")
struct MissedPolicyTests {
    private func daily() throws -> Schedule { try .daily(at: "08:00") }

    @Test("a firing that is noticed a moment late fires, under both policies", arguments: MissedPolicy.allCases)
    func onTime(policy: MissedPolicy) throws {
        let (eight, last) = (try utc("2026-01-02T08:00:00Z"), try utc("2026-01-01T08:00:00Z"))
        for late in [0, 0.003, 1, 60] {
            let due = try daily().due(after: last, now: eight.addingTimeInterval(late), missed: policy)
            #expect(due.fire == eight)
            #expect(due.skipped == nil)
            #expect(utc(due.next) == "2026-01-03T08:00:00Z")
        }
    }

    @Test("before its time nothing fires", arguments: MissedPolicy.allCases)
    func early(policy: MissedPolicy) throws {
        let due = try daily().due(
            after: try utc("2026-01-01T08:00:00Z"),
            now: try utc("2026-01-02T07:59:59Z").addingTimeInterval(0.9),
            missed: policy
        )
        #expect(due.fire == nil)
        #expect(due.skipped == nil)
        #expect(utc(due.next) == "2026-01-02T08:00:00Z")
    }

    // DBT-X5
    @Test("after a week of downtime .skip fires nothing and says what it dropped")
    func skip() throws {
        let due = try daily().due(after: utc("2026-01-01T08:00:00Z"), now: utc("2026-01-08T12:00:00Z"), missed: .skip)
        #expect(due.fire == nil)
        #expect(utc(due.skipped) == "2026-01-08T08:00:00Z")
        #expect(utc(due.next) == "2026-01-09T08:00:00Z")
    }

    @Test("after a week of downtime .latest fires once, for the last of the missed times")
    func latest() throws {
        let due = try daily().due(after: utc("2026-01-01T08:00:00Z"), now: utc("2026-01-08T12:00:00Z"), missed: .latest)
        #expect(utc(due.fire) == "2026-01-08T08:00:00Z")
        #expect(due.skipped == nil)
        let again = try daily().due(after: due.fire, now: utc("2026-01-08T12:00:01Z"), missed: .latest)
        #expect(again.fire == nil)
    }

    @Test("the grace decides what is late")
    func grace() throws {
        let (last, now) = (try utc("2026-01-01T08:00:00Z"), try utc("2026-01-02T08:10:00Z"))
        #expect(try daily().due(after: last, now: now, missed: .skip, grace: .seconds(599)).fire == nil)
        #expect(try daily().due(after: last, now: now, missed: .skip, grace: .seconds(600)).fire != nil)
    }

    @Test("a schedule never seen before has missed nothing", arguments: MissedPolicy.allCases)
    func first(policy: MissedPolicy) throws {
        let due = try daily().due(after: nil, now: utc("2026-01-08T08:00:01Z"), missed: policy)
        #expect(due.fire == nil)
        #expect(due.skipped == nil)
        #expect(utc(due.next) == "2026-01-09T08:00:00Z")
    }

    @Test("a year of missed seconds is one firing, found at once")
    func manyMissed() throws {
        let now = try utc("2027-01-01T00:00:00Z").addingTimeInterval(0.5)
        let due = try Schedule.every(.seconds(1)).due(after: utc("2026-01-01T00:00:00Z"), now: now, missed: .latest)
        #expect(utc(due.fire) == "2027-01-01T00:00:00Z")
        #expect(utc(due.next) == "2027-01-01T00:00:01Z")
    }

    @Test("a clock that goes back a little does not fire again; a `last` far in the future does not silence a schedule")
    func clockGoesBack() throws {
        let back = try daily().due(
            after: utc("2026-01-02T08:00:00Z"),
            now: utc("2026-01-02T07:59:58Z"),
            missed: .latest
        )
        #expect(back.fire == nil)
        #expect(utc(back.next) == "2026-01-03T08:00:00Z")
        let wrong = try daily().due(
            after: utc("2099-01-01T08:00:00Z"),
            now: utc("2026-01-02T07:00:00Z"),
            missed: .latest
        )
        #expect(wrong.fire == nil)
        #expect(utc(wrong.next) == "2026-01-02T08:00:00Z")
    }

    @Test("processes that wake at different moments name a firing alike")
    func identity() throws {
        let schedule = try Schedule.cron("*/5 * * * *", in: "Europe/Paris")
        let last = try utc("2026-03-29T00:55:00Z")
        let keys = try [0.001, 0.4, 12, 58].map { late in
            let due = schedule.due(
                after: last,
                now: try utc("2026-03-29T01:00:00Z").addingTimeInterval(late),
                missed: .skip
            )
            return Firing(schedule: "digest", time: try #require(due.fire)).key
        }
        #expect(Set(keys) == ["digest@2026-03-29T01:00:00Z"])
    }

    @Test("the latest firing of a span is the last of those that follow one another")
    func latestInSpan() throws {
        var random = ScheduleRandom("latest")
        let schedules = try [
            Schedule.every(.seconds(7)), .daily(at: "02:30", in: "Europe/Paris"),
            .cron("*/7 1-3 * * *", in: "Europe/Paris"),
            .monthly(on: 31, at: "00:00"), .cron("0 0,12 1 */2 *", in: "Pacific/Apia"),
        ]
        let origin = try utc("2026-10-24T00:00:00Z")
        for _ in 0..<200 {
            let schedule = schedules[Int.random(in: 0..<schedules.count, using: &random)]
            let start = origin.addingTimeInterval(Double.random(in: 0..<172_800, using: &random))
            var end = start.addingTimeInterval(Double.random(in: 0..<7200, using: &random))
            // Often the span ends exactly on a firing, which belongs to it.
            if random.isHeads() { end = schedule.next(after: end) ?? end }
            var walked: Date?
            while let next = schedule.next(after: walked ?? start), next <= end { walked = next }
            #expect(schedule.latest(after: start, through: end) == walked, "seed \(ScheduleRandom.seed): \(schedule)")
        }
    }
}
