/// What holds for jobs whose options say nothing.
public struct JobDefaults: Sendable {
    /// All executions granted: 5, the first and four retries.
    public var maxAttempts: Int
    /// How long one attempt may take: an hour, longer than any page's patience and short enough to notice.
    public var timeout: Duration
    /// When a failed attempt is tried again: after 6, 21, 86, 261 … seconds.
    public var retry: RetryPolicy

    /// Defaults.
    public init(
        maxAttempts: Int = 5, timeout: Duration = .seconds(3600), retry: RetryPolicy = .polynomial(power: 4, offset: 5)
    ) {
        self.maxAttempts = maxAttempts
        self.timeout = timeout
        self.retry = retry
    }
}
