// A job's name for life: a UUID of version 7 (RFC 9562, section 5.7).
//
//     48 bits milliseconds since 1970 │ 0111 │ 12 bits counter │ 10 │ 62 bits random
//
// The counter makes ids of one process strictly increasing (4096 a millisecond; past that the time part runs ahead), so
// that "then by id" means "in the order they were enqueued". The random bits make an id impossible to guess: knowing a
// job's id is what entitles a page's visitor to ask about it.

import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The identity of a job: a time-ordered, unguessable UUID (version 7).
public struct JobID: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    /// Makes a new id, greater than every one this process made before.
    public init() {
        self = generator.withLock { $0.next(at: JobClock.system.now) }
    }

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - 8 * UInt64($0 % 8))) }
    }

    /// An id from its 16 bytes, or `nil` if there are not 16.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        func word(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: word(bytes.prefix(8)), low: word(bytes.dropFirst(8)))
    }

    /// Orders ids by the time they were made.
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }

    /// Feeds the random half to the hasher; it is as good as the whole.
    public func hash(into hasher: inout Hasher) { hasher.combine(low) }

    /// When the id was made, to the millisecond.
    public var createdAt: Timestamp { Timestamp(microseconds: Int64(high >> 16) * 1000) }
}

extension JobID: LosslessStringConvertible, CustomDebugStringConvertible, Codable {
    /// An id from its usual text form, in either case; `nil` if it is not one.
    public init?(_ description: String) {
        let text = description.utf8
        guard text.count == 36 else { return nil }
        var digits: [UInt8] = []
        for (index, character) in text.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
            digits.append(UInt8(digit))
        }
        self.init(bytes: stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    /// The usual text form: 36 characters, lower case.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = nibble < 16 ? high : low
                let digit = UInt8(word >> (60 - 4 * UInt64(nibble % 16)) & 0xF)
                text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            return position
        }
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = JobID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "“\(text)” is not a job id.")
        }
        self = id
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

private let generator = Mutex(JobIDGenerator())

/// Makes ids; the random bits are fetched from the system a page at a time, because a call for each would cost more
/// than everything else about an id.
struct JobIDGenerator: Sendable {
    private var latest: UInt64 = 0
    private var random: [UInt64] = []

    mutating func next(at now: Timestamp) -> JobID {
        let milliseconds = UInt64(clamping: now.microseconds / 1000)
        let fresh = milliseconds << 12
        latest = fresh > latest ? fresh : latest + 1
        let high = (latest >> 12) << 16 | 0x7000 | (latest & 0xFFF)
        return JobID(high: high, low: nextRandom() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    private mutating func nextRandom() -> UInt64 {
        if random.isEmpty { random = randomWords(32) }
        return random.popLast() ?? .random(in: .min ... .max)
    }
}

/// Unguessable bits, in one call to the system; it gives 256 bytes at the most.
private func randomWords(_ count: Int) -> [UInt64] {
    Array(unsafeUninitializedCapacity: count) { words, filled in
        let bytes = UnsafeMutableRawBufferPointer(words)
        guard let start = bytes.baseAddress, getentropy(start, bytes.count) == 0 else { return }
        filled = count
    }
}
