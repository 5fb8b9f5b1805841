// The firing times of a schedule: the next, the next few, the latest in a span.

public import Foundation

extension Schedule {
    /// The first firing after a date.
    ///
    /// - Returns: A whole second, later than `date`; nil only if `date` is before `Date.distantPast` or after the year
    ///   9999.
    public func next(after date: Date) -> Date? {
        switch timing {
        case .clock(let firing): return firing.next(after: date)
        case .interval(let length):
            guard let seconds = date.wholeSeconds else { return nil }
            return Date(timeIntervalSince1970: TimeInterval((seconds.dividedDown(by: length) + 1) * length))
        }
    }

    /// The next firings after a date, earliest first.
    ///
    /// - Parameter count: How many; none if it is 0 or less.
    public func upcoming(_ count: Int, after date: Date) -> [Date] {
        var firings: [Date] = []
        while firings.count < count, let next = next(after: firings.last ?? date) {
            firings.append(next)
        }
        return firings
    }

    /// The last firing that is later than `start` and not later than `end`.
    ///
    /// `next(after:)` never goes down when its argument goes up. So the last moment from which the next firing is still
    /// in the span is the second before the one we look for, and halving finds it, however many firings there were.
    package func latest(after start: Date, through end: Date) -> Date? {
        guard var found = next(after: start), found <= end else { return nil }
        guard var low = found.wholeSeconds, var high = end.wholeSeconds else { return nil }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if let next = next(after: Date(timeIntervalSince1970: TimeInterval(middle))), next <= end {
                (low, found) = (middle, next)
            } else {
                high = middle
            }
        }
        return found
    }
}
