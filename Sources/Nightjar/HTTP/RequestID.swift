// Request ids: 128 bits, 32 lowercase hex digits: a half that is random for this process and a half that is a scrambled
// counter, so that making one needs no system call. They are names for log lines, unlikely to collide across machines;
// they are not secrets, and nothing may use one as a credential.

import Synchronization

/// Makes and checks request ids.
package enum RequestID {
    private static let process = UInt64.random(in: .min ... .max)
    private static let counter = Atomic<UInt64>(.random(in: .min ... .max))

    /// A new id, unique in this process and, but for a chance of 2⁻⁶⁴, among processes.
    package static func make() -> String {
        // SplitMix64: each step of the counter gives a different number, and neighbours look unrelated.
        var mixed = counter.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return hex(process, mixed ^ (mixed >> 31))
    }

    /// Whether an id that a client sent may be repeated in logs: 1–128 letters, digits, `-`, `_`, `.`, `:`, `/`, `+`, `=`.
    package static func isAcceptable(_ id: String) -> Bool {
        guard (1...128).contains(id.utf8.count) else { return false }
        return id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="):
                true
            default: false
            }
        }
    }

    private static func hex(_ high: UInt64, _ low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            var high = high
            var low = low
            for index in (0..<16).reversed() {
                buffer[index] = digit(UInt8(truncatingIfNeeded: high & 15))
                buffer[index + 16] = digit(UInt8(truncatingIfNeeded: low & 15))
                high >>= 4
                low >>= 4
            }
            return 32
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
