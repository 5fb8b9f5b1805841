// What many measurements of one thing come to. The machine is shared with whatever else runs on it, so nothing here is
// ever a mean: a median does not move because one round was disturbed, and the spread says how much to believe it.

/// Measurements of one thing.
public struct Samples: Sendable {
    private let sorted: [Double]

    /// Takes measurements in any order.
    public init(_ values: some Sequence<Double>) { sorted = values.sorted() }

    /// The middle one; not a number if there are none.
    public var median: Double { percentile(0.5) }

    /// Half the distance between the quartiles, as a part of the median: 0.03 means "about three per cent".
    public var spread: Double {
        guard median > 0 else { return 0 }
        return (percentile(0.75) - percentile(0.25)) / 2 / median
    }

    /// The largest.
    public var maximum: Double { sorted.last ?? .nan }

    /// The smallest.
    public var minimum: Double { sorted.first ?? .nan }

    /// The measurement that a part of all stays under.
    /// - Parameter part: From 0 to 1.
    public func percentile(_ part: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let rank = Int((part * Double(sorted.count - 1)).rounded())
        return sorted[min(max(rank, 0), sorted.count - 1)]
    }
}
