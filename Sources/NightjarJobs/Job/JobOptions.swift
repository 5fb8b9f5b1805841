// What can be said about how a job is run: once for its type, or for a single call.
//
// Every field is optional and means "as the level above says": a call's options lie over the type's, and those over the
// queue's defaults. `JobSpec` is what comes out, shared by all jobs of a type that were enqueued without options of
// their own, so that a waiting job costs one reference for it.

/// How a job is to be run.
///
/// Set it for a type with `static let options`, and for a single call with `background(job, options:)`; what the call
/// leaves out stays as the type says.
public struct JobOptions: Sendable {
    /// The queue; `default` if nobody says otherwise.
    public var queue: String?
    /// The priority inside its queue: higher runs first. 0 if nobody says otherwise.
    public var priority: Int?
    /// When a failed attempt is tried again. The default, `.polynomial(power: 4, offset: 5)` with 5 attempts, waits 6, 21,
    /// 86 and 261 seconds: the first retry comes while somebody still watches, the last gives a service four minutes to
    /// recover.
    public var retry: RetryPolicy?
    /// How long one attempt may take; an hour if nobody says otherwise.
    public var timeout: Duration?
    /// What becomes of an attempt that took too long; it is retried if nobody says otherwise.
    public var onTimeout: TimeoutPolicy?
    /// How long to wait before the first attempt; not at all if nobody says otherwise.
    public var delay: Duration?
    /// How long after `background` the job is still worth starting; for ever if nobody says otherwise.
    public var expires: Duration?
    /// Which other jobs count as the same one; none if nobody says otherwise.
    public var unique: UniquePolicy?
    /// Words to find the job by. A call's tags are added to the type's.
    public var tags: [String]
    /// Values that travel with the job and can be read in it and by operators. A call's are added to the type's.
    public var metadata: [String: String]
    /// Whether what the job returns is kept for ``JobFuture/value``; it is if nobody says otherwise.
    public var storesResult: Bool?

    /// Options; leave out whatever should stay as it is.
    public init(
        queue: String? = nil,
        priority: Int? = nil,
        retry: RetryPolicy? = nil,
        timeout: Duration? = nil,
        onTimeout: TimeoutPolicy? = nil,
        delay: Duration? = nil,
        expires: Duration? = nil,
        unique: UniquePolicy? = nil,
        tags: [String] = [],
        metadata: [String: String] = [:],
        storesResult: Bool? = nil
    ) {
        self.queue = queue
        self.priority = priority
        self.retry = retry
        self.timeout = timeout
        self.onTimeout = onTimeout
        self.delay = delay
        self.expires = expires
        self.unique = unique
        self.tags = tags
        self.metadata = metadata
        self.storesResult = storesResult
    }

    /// These options with another's laid over them.
    func overlaid(with other: JobOptions) -> JobOptions {
        JobOptions(
            queue: other.queue ?? queue,
            priority: other.priority ?? priority,
            retry: other.retry ?? retry,
            timeout: other.timeout ?? timeout,
            onTimeout: other.onTimeout ?? onTimeout,
            delay: other.delay ?? delay,
            expires: other.expires ?? expires,
            unique: other.unique ?? unique,
            tags: tags + other.tags.filter { !tags.contains($0) },
            metadata: metadata.merging(other.metadata) { _, own in own },
            storesResult: other.storesResult ?? storesResult)
    }

    /// What is wrong with the options, in a sentence, or `nil`.
    var complaint: String? {
        if let queue, !Self.isQueueName(queue) {
            return "“\(queue)” is not a queue name: use 1 to 64 letters, digits, “-”, “_”, “.” or “:”"
        }
        if let priority, !(-32768...32767).contains(priority) {
            return "priority \(priority) is not from -32768 to 32767"
        }
        if let complaint = retry?.complaint { return complaint }
        if let timeout, timeout <= .zero { return "the timeout is \(timeout); it must be longer than nothing" }
        if let delay, delay < .zero { return "the delay is negative (\(delay))" }
        if let expires, expires <= .zero { return "the job would expire before it could start (\(expires))" }
        if let complaint = unique?.complaint { return complaint }
        if let tag = tags.first(where: { $0.isEmpty || $0.utf8.count > 100 }) {
            return "“\(tag)” is not a tag: use 1 to 100 bytes"
        }
        return nil
    }

    /// Whether a text may name a queue.
    package static func isQueueName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }
}

/// What becomes of an attempt that took longer than its timeout.
public enum TimeoutPolicy: String, Codable, Sendable {
    /// It counts as a failed attempt.
    case retry
    /// The job is a dead letter at once.
    case fail
    /// The job is called off quietly: no retry, no dead letter.
    case ignore
}
