// "08:00" or "23:59:30": a time as the clock on the wall shows it, on 24 hours.

struct TimeOfDay: Sendable, Hashable, CustomStringConvertible {
    let hour: Int
    let minute: Int
    let second: Int

    init(_ text: String) throws(ScheduleError) {
        let characters = Array(text)
        var numbers: [Int] = []
        var start = 0
        for field in [CronField.hour, .minute, .second] where start <= characters.count {
            let end = characters[start...].firstIndex(of: ":") ?? characters.count
            let digits = characters[start..<end]
            if let stray = digits.firstIndex(where: { !("0"..."9").contains($0) }) {
                throw ScheduleError(Self.advice, in: text, at: stray)
            }
            guard digits.count == 2 || digits.count == 1 && field == .hour, let number = Int(String(digits)) else {
                throw ScheduleError(Self.advice, in: text, at: start)
            }
            guard field.values.contains(number) else {
                let hint = field == .hour && number == 24 ? "; midnight is 00:00" : ""
                let reason = "The \(field.rawValue) \(number) is out of range; \(field.rule)\(hint)."
                throw ScheduleError(reason, in: text, at: start)
            }
            numbers.append(number)
            start = end + 1
        }
        guard numbers.count > 1, start > characters.count else {
            throw ScheduleError(Self.advice, in: text, at: min(start, characters.count))
        }
        (hour, minute, second) = (numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
    }

    private static let advice = "A time of day is written on 24 hours, as in \"08:00\" or \"23:59:30\"."

    var description: String {
        let parts = second == 0 ? [hour, minute] : [hour, minute, second]
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
