/// How a queue accepts jobs and runs them.
public struct JobQueueConfiguration: Sendable {
    /// How many jobs may wait in memory: 100 000, about 40 MB, so that a flood is refused before memory runs out.
    public var limit = 100_000
    /// How large an encoded job may be: 1 MiB. A job names its data, it does not carry it.
    public var payloadLimit = 1 << 20
    /// What holds for jobs whose options say nothing.
    public var defaults = JobDefaults()
    /// How long ended jobs are kept.
    public var retention = Retention()
    /// How workers run.
    public var worker = WorkerOptions()
    /// How long a hook or a listener may take over one job: 5 s, time enough to tell another system, and short enough
    /// that a job which waits for one that hangs is not noticed to be late.
    public var hookTimeout = Duration.seconds(5)

    /// The defaults.
    public init() {}
}
