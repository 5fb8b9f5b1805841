// A slow cron that is obviously right: it lives through every tick of a span, as cron's own loop does, and looks at the
// calendar each time. It shares nothing with the code under test: the calendar and the zone are Foundation's, and the
// sets come from the generator, not from the parser.

import Foundation

/// One field as it is written and as it is meant.
struct ReferenceField {
    var text: String
    var values: Set<Int>
    var hasStar: Bool
}

/// A cron expression as it is written and as it is meant.
struct ReferenceCron {
    var second: ReferenceField?
    var minute: ReferenceField
    var hour: ReferenceField
    var day: ReferenceField
    var month: ReferenceField
    var weekday: ReferenceField

    var text: String {
        [second, minute, hour, day, month, weekday].compactMap { $0?.text }.joined(separator: " ")
    }

    var isInterval: Bool {
        second?.hasStar == true || minute.hasStar || hour.hasStar
    }

    func matches(_ wall: Wall) -> Bool {
        guard month.values.contains(wall.month), hour.values.contains(wall.hour), minute.values.contains(wall.minute),
            (second?.values ?? [0]).contains(wall.second)
        else { return false }
        let (dayMatches, weekdayMatches) = (day.values.contains(wall.day), weekday.values.contains(wall.weekday))
        return day.hasStar || weekday.hasStar ? dayMatches && weekdayMatches : dayMatches || weekdayMatches
    }
}

/// What a clock and a calendar on the wall show.
struct Wall: Equatable {
    var (year, month, day, hour, minute, second, weekday) = (0, 0, 0, 0, 0, 0, 0)

    init(_ date: Date, _ calendar: Calendar) {
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
        (year, month, day) = (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
        (hour, minute, second) = (parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
        weekday = (parts.weekday ?? 1) - 1
    }
}

/// Every tick of a span in one zone.
struct ReferenceClock {
    struct Tick {
        var date: Date
        /// What the clock shows now.
        var wall: Wall
        /// The times it shows for the first time, or has just jumped over; none in the second pass of an overlap.
        var reached: [Wall]
    }

    var ticks: [Tick] = []

    /// - Parameters:
    ///   - span: The span that matters. The clock is started two days earlier, so that it knows what it has shown.
    ///   - unit: The length of a tick in seconds: 60, or 1 for expressions with seconds.
    init(_ zone: TimeZone, _ span: Range<Date>, unit: Int) throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        // The wall's time as a number: the date at which a clock in UTC shows the same.
        func number(_ wall: Wall) throws -> Date {
            let parts = DateComponents(
                year: wall.year,
                month: wall.month,
                day: wall.day,
                hour: wall.hour,
                minute: wall.minute,
                second: wall.second
            )
            guard let date = Calendar.utc.date(from: parts) else { throw CocoaError(.formatting) }
            return date
        }
        var highest: Date?
        // Two days in hours are enough to know the highest time shown.
        for hour in stride(from: -48, through: 0, by: 1) {
            let before = span.lowerBound.addingTimeInterval(Double(hour) * 3600 - Double(unit))
            let shown = try number(Wall(before, calendar))
            highest = max(highest ?? shown, shown)
        }
        var date = span.lowerBound
        while date < span.upperBound {
            let wall = Wall(date, calendar)
            let now = try number(wall)
            var reached: [Wall] = []
            while let last = highest, last < now {
                let next = last.addingTimeInterval(Double(unit))
                reached.append(Wall(next, .utc))
                highest = next
            }
            ticks.append(Tick(date: date, wall: wall, reached: reached))
            date = date.addingTimeInterval(Double(unit))
        }
    }

    func firings(_ cron: ReferenceCron) -> [Date] {
        ticks.filter { cron.isInterval ? cron.matches($0.wall) : $0.reached.contains(where: cron.matches) }.map(\.date)
    }
}
