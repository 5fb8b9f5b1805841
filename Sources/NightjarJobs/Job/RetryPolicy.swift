// When a failed job is tried again.
//
// Attempts are counted from 1 and `maxAttempts` counts all of them, the first included: 5 attempts are 4 retries. The
// delay after attempt k is the formula in k, exactly; nothing is rounded and no jitter is added unless asked for.

/// How often, and after how long, a job that failed is tried again.
///
/// ```swift
/// static let options = JobOptions(retry: .exponential(base: 2, maxAttempts: 8).jitter(0.2).notRetrying(CardDeclined.self))
/// ```
public struct RetryPolicy: Sendable {
    /// The formula that gives the delay after attempt k, in seconds.
    enum Backoff: Sendable {
        case exponential(base: Double)
        case polynomial(power: Double, scale: Double, offset: Double)
        case fixed(Duration)
        case custom(@Sendable (_ attempt: Int, _ error: any Error) -> Duration?)
    }

    var backoff: Backoff
    var jitter = 0.0
    var ceiling: Duration?
    var refused: [any Error.Type] = []

    /// All executions granted, the first included; `nil` takes the queue's default (5).
    public internal(set) var maxAttempts: Int?

    private init(_ backoff: Backoff, maxAttempts: Int?) {
        self.backoff = backoff
        self.maxAttempts = maxAttempts
    }

    /// `base`ᵏ seconds after attempt k: 2, 4, 8, 16 … for base 2.
    public static func exponential(base: Double, maxAttempts: Int? = nil) -> Self {
        Self(.exponential(base: base), maxAttempts: maxAttempts)
    }

    /// `kᵖᵒʷᵉʳ · scale + offset` seconds after attempt k.
    ///
    /// `.polynomial(power: 4, scale: 15)` waits 15 s, 4 min, 20 min, 1 h 4 min …;
    /// `.polynomial(power: 4, offset: 5)` waits 6, 21, 86, 261 … s.
    public static func polynomial(
        power: Double, scale: Double = 1, offset: Double = 0, maxAttempts: Int? = nil
    ) -> Self {
        Self(.polynomial(power: power, scale: scale, offset: offset), maxAttempts: maxAttempts)
    }

    /// The same delay after every attempt.
    public static func fixed(_ delay: Duration, maxAttempts: Int? = nil) -> Self {
        Self(.fixed(delay), maxAttempts: maxAttempts)
    }

    /// No delay between attempts.
    public static func immediate(maxAttempts: Int? = nil) -> Self { fixed(.zero, maxAttempts: maxAttempts) }

    /// One attempt, no second chance.
    public static let never = immediate(maxAttempts: 1)

    /// The delays that hold when nobody says otherwise (6, 21, 86, 261 … seconds), with this many attempts after the first.
    public static func retries(_ count: Int) -> Self {
        polynomial(power: 4, offset: 5, maxAttempts: count == .max ? count : count + 1)
    }

    /// A delay of your own; return `nil` to give up.
    ///
    /// It is code, so it belongs in a job type's `options`: given with a single call it cannot be stored by a durable
    /// backend, and `background` says so.
    public static func custom(
        maxAttempts: Int? = nil,
        _ delay: @escaping @Sendable (_ attempt: Int, _ error: any Error) -> Duration?
    ) -> Self {
        Self(.custom(delay), maxAttempts: maxAttempts)
    }

    /// Lengthens every delay by a random part of itself, so that jobs that failed together do not come back together.
    /// - Parameter fraction: The largest part added, from 0 to 1.
    public func jitter(_ fraction: Double) -> Self {
        var policy = self
        policy.jitter = fraction
        return policy
    }

    /// Never waits longer than this (before jitter).
    public func cap(_ longest: Duration) -> Self {
        var policy = self
        policy.ceiling = longest
        return policy
    }

    /// Gives up at once on errors of these types: trying again would not help.
    public func notRetrying(_ types: any Error.Type...) -> Self {
        var policy = self
        policy.refused += types
        return policy
    }
}

extension RetryPolicy {
    /// The delay after an attempt that failed, or `nil` to give up.
    /// - Parameters:
    ///   - attempt: Which attempt it was, counted from 1.
    ///   - error: What it threw.
    ///   - chance: A number from 0 to 1 that decides the jitter.
    func delay(afterAttempt attempt: Int, _ error: any Error, chance: Double) -> Duration? {
        guard !refused.contains(where: { $0 == type(of: error) }) else { return nil }
        let base: Duration
        switch backoff {
        case .fixed(let delay): base = delay
        case .exponential(let number): base = .saturating(seconds: power(number, Double(attempt)))
        case .polynomial(let exponent, let scale, let offset):
            base = .saturating(seconds: power(Double(attempt), exponent) * scale + offset)
        case .custom(let delay):
            guard let own = delay(attempt, error) else { return nil }
            base = own
        }
        let capped = max(.zero, ceiling.map { min(base, $0) } ?? base)
        guard jitter > 0 else { return capped }
        return .saturating(seconds: capped.inSeconds * (1 + jitter * chance))
    }

    /// What is wrong with the policy, in a sentence, or `nil`.
    var complaint: String? {
        if let maxAttempts, maxAttempts < 1 { return "maxAttempts is \(maxAttempts); a job needs at least 1 attempt" }
        guard jitter >= 0, jitter <= 1 else { return "jitter is \(jitter); it must be from 0 to 1" }
        if let ceiling, ceiling < .zero { return "the cap on delays is negative (\(ceiling))" }
        switch backoff {
        case .exponential(let base) where !(base > 0 && base.isFinite):
            return "the backoff's base is \(base); it must be a positive number"
        case .polynomial(let power, let scale, let offset)
        where ![power, scale, offset].allSatisfy { $0 >= 0 && $0.isFinite }:
            return "the backoff's power, scale and offset must not be negative"
        case .fixed(let delay) where delay < .zero: return "the retry delay is negative (\(delay))"
        default: return nil
        }
    }
}

extension Duration {
    /// A duration from seconds, at most a thousand years: enough for every formula, and far from overflow.
    static func saturating(seconds: Double) -> Duration {
        let limit = 31_557_600_000.0
        guard seconds.isFinite else { return seconds > 0 ? .seconds(limit) : .zero }
        // Microseconds are what is stored; going through them keeps whole seconds whole.
        return .microseconds(Int64((min(max(seconds, -limit), limit) * 1_000_000).rounded()))
    }
}

// MARK: - Stored with a call

extension RetryPolicy: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind, base, power, scale, offset, delay, jitter, ceiling = "cap", maxAttempts
    }

    /// Reads a policy that was stored with a job.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) throws -> Double { try values.decode(Double.self, forKey: key) }
        func duration(_ key: CodingKeys) throws -> Duration? {
            try values.decodeIfPresent(Int64.self, forKey: key).map { .microseconds($0) }
        }
        let kind = try values.decode(String.self, forKey: .kind)
        switch kind {
        case "exponential": backoff = .exponential(base: try number(.base))
        case "polynomial":
            backoff = .polynomial(power: try number(.power), scale: try number(.scale), offset: try number(.offset))
        case "fixed": backoff = .fixed(try duration(.delay) ?? .zero)
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: values, debugDescription: "“\(kind)” is not a kind of backoff.")
        }
        maxAttempts = try values.decodeIfPresent(Int.self, forKey: .maxAttempts)
        jitter = try values.decodeIfPresent(Double.self, forKey: .jitter) ?? 0
        ceiling = try duration(.ceiling)
    }

    /// Writes the policy; one that holds code cannot be written and says so.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        guard refused.isEmpty else { throw isCode(encoder) }
        switch backoff {
        case .exponential(let base):
            try values.encode("exponential", forKey: .kind)
            try values.encode(base, forKey: .base)
        case .polynomial(let power, let scale, let offset):
            try values.encode("polynomial", forKey: .kind)
            try values.encode(power, forKey: .power)
            try values.encode(scale, forKey: .scale)
            try values.encode(offset, forKey: .offset)
        case .fixed(let delay):
            try values.encode("fixed", forKey: .kind)
            try values.encode(delay.microseconds, forKey: .delay)
        case .custom: throw isCode(encoder)
        }
        try values.encodeIfPresent(maxAttempts, forKey: .maxAttempts)
        if jitter != 0 { try values.encode(jitter, forKey: .jitter) }
        try values.encodeIfPresent(ceiling?.microseconds, forKey: .ceiling)
    }

    private func isCode(_ encoder: any Encoder) -> EncodingError {
        EncodingError.invalidValue(
            self,
            .init(
                codingPath: encoder.codingPath,
                debugDescription:
                    "A retry policy with code in it (.custom, notRetrying) cannot be stored with one call; "
                    + "put it into the job type's options."))
    }
}

/// `pow` without importing the C library everywhere; exact for the small whole exponents that policies use.
private func power(_ base: Double, _ exponent: Double) -> Double {
    guard let whole = Int(exactly: exponent), (0...4096).contains(whole) else { return cPower(base, exponent) }
    return (0..<whole).reduce(1.0) { product, _ in product * base }
}
