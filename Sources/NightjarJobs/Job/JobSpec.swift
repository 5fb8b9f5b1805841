/// What a job's options come to once the type's, the call's and the queue's defaults are laid over each other.
///
/// One object serves all jobs of a type that were enqueued without options of their own.
public final class JobSpec: Sendable {
    /// The job's name, by which workers find its code.
    public let name: String
    /// The version of the type that stored the value, counted from 1.
    public let version: Int
    /// The queue it waits in.
    public let queue: String
    /// Its priority inside the queue; higher first.
    public let priority: Int
    /// All executions granted.
    public let maxAttempts: Int
    /// How long one attempt may take.
    public let timeout: Duration
    /// What becomes of an attempt that took longer.
    public let onTimeout: TimeoutPolicy
    /// The retry policy of this one call, to be stored with it; `nil` if the type's own holds.
    public let retry: RetryPolicy?
    /// How long after `background` the job is still worth starting.
    public let expires: Duration?
    /// Which jobs count as the same one.
    public let unique: UniquePolicy?
    /// Words to find the job by.
    public let tags: [String]
    /// Values that travel with the job.
    public let metadata: [String: String]
    /// Whether what the job returns is kept.
    public let storesResult: Bool

    /// A specification from its parts, as a backend reads it back.
    public init(
        name: String, version: Int = 1, queue: String = "default", priority: Int = 0, maxAttempts: Int = 5,
        timeout: Duration = .seconds(3600),
        onTimeout: TimeoutPolicy = .retry, retry: RetryPolicy? = nil, expires: Duration? = nil,
        unique: UniquePolicy? = nil, tags: [String] = [], metadata: [String: String] = [:], storesResult: Bool = true
    ) {
        self.name = name
        self.version = version
        self.queue = queue
        self.priority = priority
        self.maxAttempts = maxAttempts
        self.timeout = timeout
        self.onTimeout = onTimeout
        self.retry = retry
        self.expires = expires
        self.unique = unique
        self.tags = tags
        self.metadata = metadata
        self.storesResult = storesResult
    }

    /// The specification that options come to.
    convenience init(
        name: String, version: Int = 1, options: JobOptions, callRetry: RetryPolicy?, defaults: JobDefaults
    ) {
        self.init(
            name: name,
            version: version,
            queue: options.queue ?? "default",
            priority: options.priority ?? 0,
            maxAttempts: options.retry?.maxAttempts ?? defaults.maxAttempts,
            timeout: options.timeout ?? defaults.timeout,
            onTimeout: options.onTimeout ?? .retry,
            retry: callRetry,
            expires: options.expires,
            unique: options.unique,
            tags: options.tags,
            metadata: options.metadata,
            storesResult: options.storesResult ?? true)
    }
}
