// Random numbers that can be had again: a failure names its seed, and NIGHTJAR_SEED brings it back.

import class Foundation.ProcessInfo

/// SplitMix64.
struct SeededRandom: RandomNumberGenerator {
    /// The seed from the environment, or a new one.
    static var seed: UInt64 {
        ProcessInfo.processInfo.environment["NIGHTJAR_SEED"].flatMap(UInt64.init) ?? .random(in: 0..<1_000_000_000)
    }

    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self) }

    mutating func isHeads(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &self) }
}
