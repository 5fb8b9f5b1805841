// Which local times match, and which of them is the next.
//
// The day: cron's oldest oddity, kept because everybody's crontab depends on it. If day of month and day of week are
// both restricted, a day that satisfies *either* matches ("the 1st, and every Monday"); if one of them begins with a
// star, it must satisfy *both*. A star with a step (`*/2`) is a star: "every other day, if it is a Monday".
//
// The search leaps: to the next month that matches, over days by their number, and within a day by the bits of the
// sets. The rarest date there is (29 February on a given weekday) is at most 40 years away.

struct CivilPattern: Sendable, Hashable {
    var seconds: CronSet
    var minutes: CronSet
    var hours: CronSet
    var days: CronSet = CronSet(1...31)
    var months: CronSet = CronSet(1...12)
    var weekdays: CronSet = CronSet(0...6)

    /// Whether a day needs to satisfy only one of `days` and `weekdays`.
    var isEitherDayEnough = false

    /// Whether a day that a month does not have means the month's last one.
    var movesToMonthEnd = false

    /// Whether the second, minute or hour was written with a star: the job wants to run again and again, at whatever
    /// the clock shows, rather than at a time of day. NextFiring says what follows from it.
    var isInterval = false

    /// Far enough for every date that exists.
    static let yearsSearched = 48

    /// The first matching local time that is not before `local`, in seconds since 1970-01-01 on the wall.
    func next(from local: Int) -> Int? {
        let today = local.dividedDown(by: Civil.secondsPerDay)
        var date = Civil(dayNumber: today)
        if matches(date, today), let time = timeOfDay(from: local - today * Civil.secondsPerDay) {
            return today * Civil.secondsPerDay + time
        }
        guard let time = timeOfDay(from: 0) else { return nil }
        date.day += 1
        let lastYear = date.year + Self.yearsSearched
        while date.year <= lastYear {
            guard let day = nextDay(in: date) else {
                date = nextMonth(after: date)
                continue
            }
            return day * Civil.secondsPerDay + time
        }
        return nil
    }

    /// The first matching day in the month of `date` that is not before it, as days since 1970.
    private func nextDay(in date: Civil) -> Int? {
        guard months.contains(date.month) else { return nil }
        let length = Civil.length(ofMonth: date.month, year: date.year)
        guard date.day <= length else { return nil }
        let number = date.dayNumber
        for ahead in 0...(length - date.day) {
            let day = Civil(year: date.year, month: date.month, day: date.day + ahead)
            if matches(day, number + ahead) { return number + ahead }
        }
        return nil
    }

    private func nextMonth(after date: Civil) -> Civil {
        if let month = months.first(from: date.month + 1) {
            return Civil(year: date.year, month: month, day: 1)
        }
        return Civil(year: date.year + 1, month: months.first(from: 1) ?? 1, day: 1)
    }

    private func matches(_ date: Civil, _ number: Int) -> Bool {
        guard months.contains(date.month) else { return false }
        let weekdayMatches = weekdays.contains(Civil.weekday(ofDayNumber: number))
        return isEitherDayEnough
            ? dayMatches(date) || weekdayMatches
            : dayMatches(date) && weekdayMatches
    }

    private func dayMatches(_ date: Civil) -> Bool {
        if days.contains(date.day) { return true }
        guard movesToMonthEnd, date.day == Civil.length(ofMonth: date.month, year: date.year) else { return false }
        return days.first(from: date.day) != nil
    }

    /// The first matching second of the day that is not before `second`.
    private func timeOfDay(from second: Int) -> Int? {
        let (hour, minute) = (second / 3600, second / 60 % 60)
        guard let firstSecond = seconds.first(from: 0), let firstMinute = minutes.first(from: 0) else { return nil }
        if hours.contains(hour) {
            if minutes.contains(minute), let match = seconds.first(from: second % 60) {
                return hour * 3600 + minute * 60 + match
            }
            if let match = minutes.first(from: minute + 1) {
                return hour * 3600 + match * 60 + firstSecond
            }
        }
        guard let match = hours.first(from: hour + 1) else { return nil }
        return match * 3600 + firstMinute * 60 + firstSecond
    }
}
