/// How a worker runs jobs.
public struct WorkerOptions: Sendable {
    /// Which queues it pulls, in order of priority: `high`, `default`, `low`, then any other, so that a job in a queue
    /// nobody thought of does not wait for ever.
    public var queues: QueueSelection
    /// How many jobs are in flight at once: 10, enough for work that mostly waits, and few enough for two cores.
    public var concurrency: Int
    /// How the threads that run jobs share the processor: in the background, so that pages come first.
    public var priority: ThreadPool.Priority
    /// How long jobs may go on once the worker is told to stop: 25 s, which leaves 5 of the 30 that process managers
    /// usually grant.
    public var shutdownWait: Duration
    /// For how long a claim holds: 30 s.
    public var lease: Duration
    /// How often claims are renewed: every 5 s, so that five renewals may fail before a job is given away.
    public var heartbeat: Duration
    /// How often what was kept long enough is removed: every minute.
    public var pruneInterval: Duration
    /// What a job may still do after its timeout cancelled it, before it is written off: 1 s to clean up.
    public var timeoutGrace: Duration

    /// Options; each default is the one described with its field.
    public init(
        queues: QueueSelection = .all, concurrency: Int = 10, priority: ThreadPool.Priority = .background,
        shutdownWait: Duration = .seconds(25), lease: Duration = .seconds(30), heartbeat: Duration = .seconds(5),
        pruneInterval: Duration = .seconds(60), timeoutGrace: Duration = .seconds(1)
    ) {
        self.queues = queues
        self.concurrency = concurrency
        self.priority = priority
        self.shutdownWait = shutdownWait
        self.lease = lease
        self.heartbeat = heartbeat
        self.pruneInterval = pruneInterval
        self.timeoutGrace = timeoutGrace
    }
}
