// A moment, as every backend stores it: whole microseconds since 1970, UTC.
//
// One integer, so that due times compare, index and travel without rounding. Arithmetic saturates: a delay of a
// thousand years is a date far away, never a trap.

public import struct Foundation.Date

/// A moment in microseconds since 1970.
public struct Timestamp: Hashable, Comparable, Codable, Sendable {
    /// Microseconds since 1970-01-01 00:00 UTC.
    public var microseconds: Int64

    /// A moment so many microseconds after 1970.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The moment nearest to a date.
    ///
    /// A date that is not a number, or lies beyond what can be stored, becomes the nearest storable moment.
    public init(_ date: Date) {
        let value = date.timeIntervalSince1970 * 1_000_000
        self.microseconds = Int64(exactly: value.rounded()) ?? (value < 0 ? .min : .max)
    }

    /// Reads a bare integer, as it is written.
    public init(from decoder: any Decoder) throws {
        self.microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the bare integer.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }

    /// The same moment as a Foundation date.
    public var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

    /// Orders moments by time.
    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// The moment a duration later.
    public static func + (moment: Self, duration: Duration) -> Self {
        let (sum, overflow) = moment.microseconds.addingReportingOverflow(duration.microseconds)
        return Self(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The moment a duration earlier.
    public static func - (moment: Self, duration: Duration) -> Self {
        let (difference, overflow) = moment.microseconds.subtractingReportingOverflow(duration.microseconds)
        return Self(microseconds: overflow ? (duration < .zero ? .max : .min) : difference)
    }

    /// The time from one moment to another.
    public static func - (end: Self, start: Self) -> Duration {
        let (difference, overflow) = end.microseconds.subtractingReportingOverflow(start.microseconds)
        return .microseconds(overflow ? (start.microseconds < 0 ? .max : .min) : difference)
    }
}

extension Duration {
    /// Whole microseconds, saturating at the ends of `Int64`.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, spill) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return spill ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds.
    package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
