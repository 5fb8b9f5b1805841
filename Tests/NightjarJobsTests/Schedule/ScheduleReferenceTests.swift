import Foundation
import NightjarJobs
import Testing

// The search is compared with a cron that lives through every minute (ReferenceClock), where clocks are moved and where
// they are not. // NOBS-X4
@Suite("schedules against a slow reference")
struct ScheduleReferenceTests {
    /// Zones, with a day on which their clocks were or will be moved (except the last two).
    private static let nights: [(zone: String, day: String)] = [
        ("Europe/Paris", "2026-03-29"), ("Europe/Paris", "2026-10-25"),
        ("America/New_York", "2027-03-14"), ("America/New_York", "2027-11-07"),
        ("Australia/Lord_Howe", "2025-10-05"), ("Australia/Lord_Howe", "2026-04-05"),
        ("America/Sao_Paulo", "2017-10-15"), ("America/Sao_Paulo", "2018-02-18"),
        ("America/St_Johns", "2010-03-14"), ("America/St_Johns", "2010-11-07"),
        ("Antarctica/Troll", "2026-03-29"), ("Antarctica/Troll", "2026-10-25"),
        ("Pacific/Apia", "2011-12-30"), ("Asia/Pyongyang", "2015-08-15"), ("Asia/Pyongyang", "2018-05-05"),
        ("Africa/Casablanca", "2026-02-15"), ("Asia/Beirut", "2026-03-29"), ("America/Caracas", "2007-12-09"),
        ("Asia/Kathmandu", "2026-02-28"), ("UTC", "2028-02-29"),
    ]

    @Test("five fields fire as in a scan by minutes", arguments: nights)
    func minutes(zone: String, day: String) throws {
        try compare(zone, day, unit: 60, before: 2 * 86_400, after: 3 * 86_400, expressions: 40)
    }

    @Test("six fields fire as in a scan by seconds", arguments: nights)
    func seconds(zone: String, day: String) throws {
        try compare(zone, day, unit: 1, before: 0, after: 3 * 3600, expressions: 20)
    }

    private func compare(
        _ zone: String,
        _ day: String,
        unit: Int,
        before: Int,
        after: Int,
        expressions: Int
    ) throws {
        var random = ScheduleRandom("\(zone) \(day) \(unit)")
        let timeZone = try #require(TimeZone(identifier: zone))
        let midnight = try utc("\(day)T00:00:00Z")
        // The night in question, around the zone's own midnight of that day.
        let local = midnight.addingTimeInterval(-Double(timeZone.secondsFromGMT(for: midnight)) - 3600)
        let origin = Date(timeIntervalSince1970: (local.timeIntervalSince1970 / 60).rounded(.down) * 60)
        let span = origin.addingTimeInterval(Double(-before))..<origin.addingTimeInterval(Double(after))
        let clock = try ReferenceClock(timeZone, span, unit: unit)
        let near = Wall(midnight, .utc)
        let start = span.lowerBound.addingTimeInterval(-1)
        let end = span.upperBound.addingTimeInterval(-1)

        for _ in 0..<expressions {
            let reference = random.cron(near: near, seconds: unit == 1)
            let cron: CronExpression
            do { cron = try CronExpression(reference.text) } catch {
                #expect(error.reason.contains("never comes"), "seed \(ScheduleRandom.seed): \(error)")
                continue
            }
            let expected = clock.firings(reference)
            var found: [Date] = []
            var last = start
            while let next = cron.next(after: last, in: timeZone), next <= end {
                found.append(next)
                last = next
            }
            let label = "seed \(ScheduleRandom.seed): \(reference.text) in \(zone) around \(day)"
            #expect(found == expected, "\(label)")

            // Asked from anywhere, also from within a gap or an overlap and between two seconds.
            for _ in 0..<20 {
                let moment = Date(
                    timeIntervalSince1970: .random(
                        in: start.timeIntervalSince1970..<end.timeIntervalSince1970,
                        using: &random
                    )
                )
                let next = cron.next(after: moment, in: timeZone)
                guard let wanted = expected.first(where: { $0 > moment }) else {
                    #expect(next.map { $0 > end } ?? true, "\(label), after \(moment)")
                    continue
                }
                #expect(next == wanted, "\(label), after \(moment)")
            }
        }
    }

    @Test("dates over sixty years fire as in a scan by days")
    func years() throws {
        var random = ScheduleRandom("years")
        let start = try utc("2060-01-01T00:00:00Z")
        let days = (0..<(60 * 365)).map { start.addingTimeInterval(Double($0) * 86_400) }
        let walls = days.map { Wall($0, .utc) }
        for _ in 0..<60 {
            var reference = random.cron(near: Wall(try utc("2060-02-29T00:00:00Z"), .utc), seconds: false)
            reference.minute = ReferenceField(text: "0", values: [0], hasStar: false)
            reference.hour = ReferenceField(text: "0", values: [0], hasStar: false)
            guard let cron = try? CronExpression(reference.text) else { continue }
            let expected = zip(days, walls).filter { reference.matches($0.1) }.prefix(400).map(\.0)
            var found: [Date] = []
            var last = start.addingTimeInterval(-1)
            while found.count < expected.count, let next = cron.next(after: last, in: .gmt) {
                found.append(next)
                last = next
            }
            #expect(found == Array(expected), "seed \(ScheduleRandom.seed): \(reference.text)")
        }
    }
}
