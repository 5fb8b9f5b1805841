// Random numbers that can be had again: the seed is printed, and taken from NIGHTJAR_SEED if that is set.

import Foundation

/// SplitMix64.
struct ScheduleRandom: RandomNumberGenerator {
    /// Printed once, so that a failed run can be had again.
    static let seed: UInt64 = {
        let given = ProcessInfo.processInfo.environment["NIGHTJAR_SEED"].flatMap(UInt64.init)
        let seed = given ?? .random(in: 0..<1_000_000_000)
        print("NIGHTJAR_SEED=\(seed)")
        return seed
    }()

    private var state: UInt64

    /// - Parameter name: Which of the run's sequences; every name has its own.
    init(_ name: String) {
        state = name.utf8.reduce(Self.seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func isHeads(_ probability: Double = 0.5) -> Bool {
        Double.random(in: 0..<1, using: &self) < probability
    }
}

extension ScheduleRandom {
    /// A field with one to three terms.
    mutating func field(_ range: ClosedRange<Int>, star: Double, near: ClosedRange<Int>? = nil) -> ReferenceField {
        if isHeads(star) {
            guard isHeads(0.4) else { return ReferenceField(text: "*", values: Set(range), hasStar: true) }
            let step = Int.random(in: 1...range.count, using: &self)
            let values = Set(stride(from: range.lowerBound, through: range.upperBound, by: step))
            return ReferenceField(text: "*/\(step)", values: values, hasStar: true)
        }
        var texts: [String] = []
        var values: Set<Int> = []
        for _ in 0..<Int.random(in: 1...3, using: &self) {
            let low = Int.random(in: isHeads(0.7) ? near ?? range : range, using: &self)
            guard isHeads(0.3) else {
                texts.append("\(low)")
                values.insert(low)
                continue
            }
            let high = Int.random(in: low...range.upperBound, using: &self)
            let step = isHeads() ? 1 : Int.random(in: 1...(high - low + 1), using: &self)
            texts.append(step == 1 ? "\(low)-\(high)" : "\(low)-\(high)/\(step)")
            values.formUnion(stride(from: low, through: high, by: step))
        }
        return ReferenceField(text: texts.joined(separator: ","), values: values, hasStar: false)
    }

    /// An expression that has a good chance to fire in the small hours of `wall`'s day, when clocks are moved.
    mutating func cron(near wall: Wall, seconds: Bool) -> ReferenceCron {
        ReferenceCron(
            second: seconds ? field(0...59, star: 0.2) : nil,
            minute: field(0...59, star: 0.25),
            hour: field(0...23, star: 0.25, near: 0...3),
            day: field(1...31, star: 0.6, near: wall.day...wall.day),
            month: field(1...12, star: 0.7, near: wall.month...wall.month),
            weekday: field(0...6, star: 0.6, near: wall.weekday...wall.weekday)
        )
    }
}
