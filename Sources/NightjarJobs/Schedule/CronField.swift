// One column of a cron expression: what it is called, which numbers and names it takes; and the set of values that
// was written there. Numbers below 60 fit in the bits of one word, so "the next value from here" is one instruction.

/// A column of a cron expression.
enum CronField: String, Sendable, CaseIterable {
    case second
    case minute
    case hour
    case dayOfMonth = "day of month"
    case month
    case dayOfWeek = "day of week"

    /// The values that exist. A day of week may also be written as 7, which is Sunday again.
    var values: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...6
        }
    }

    /// The numbers that may be written.
    var accepted: ClosedRange<Int> {
        self == .dayOfWeek ? 0...7 : values
    }

    /// The names that may stand for a number; the first one stands for the lowest value.
    var names: [String] {
        switch self {
        case .second, .minute, .hour, .dayOfMonth: []
        case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        }
    }

    /// What may be written here, for the end of an error's sentence.
    var rule: String {
        switch self {
        case .second: "seconds go from 0 to 59"
        case .minute: "minutes go from 0 to 59"
        case .hour: "hours go from 0 to 23"
        case .dayOfMonth: "days of the month go from 1 to 31"
        case .month: "months go from 1 to 12, or jan to dec"
        case .dayOfWeek: "days of the week go from 0 (Sunday) to 7 (Sunday again), or sun to sat"
        }
    }
}

/// A set of small numbers: the values of one field that match.
struct CronSet: Sendable, Hashable, ExpressibleByArrayLiteral {
    private(set) var bits: UInt64 = 0

    init(arrayLiteral elements: Int...) {
        for element in elements { insert(element) }
    }

    init(_ values: some Sequence<Int>) {
        for value in values { insert(value) }
    }

    /// - Parameter value: 0 to 63.
    mutating func insert(_ value: Int) {
        bits |= 1 << UInt64(value)
    }

    func contains(_ value: Int) -> Bool {
        bits & (1 << UInt64(value)) != 0
    }

    /// The lowest member that is not below `value`.
    func first(from value: Int) -> Int? {
        let rest = value > 63 ? 0 : bits & (.max << UInt64(value))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
