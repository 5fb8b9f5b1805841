// Code around every job, whatever the job does and wherever it is kept: the seam for audits, alarms, traces, tenants.
//
//     background ──► enqueue ──► stored ····· claimed ──► before ──► around { job } ──► after   (it returned)
//                                                                                  └──► failed  (it threw)
//
// A hook is a guest. What it throws is logged and changes nothing. `before`, `after` and `failed` may wait, on threads that
// no job uses, and are given up when they take longer than `hookTimeout`; then the job goes its way without them. `enqueue`
// is a plain function, because it runs inside the caller's `background`; it cannot wait. `around` runs in the task that the
// job runs in, so that it can bind task-local values. If it does not call the job in its time, the job is run without it; if
// it calls it twice, the second call does nothing; if it does not end in its time after the job, it is left behind.

/// Hooks around every job of a queue.
///
/// ```swift
/// queue.use(JobMiddleware("audit", failed: { job, error in
///     try await pager.notify("\(job.name) failed in attempt \(job.attempt): \(error)")
/// }))
/// ```
/// Each hook is optional. Several middlewares are called in the order in which they were added, and after the job in the
/// reverse order. The request that caused the job is readable in all of them.
public struct JobMiddleware: Sendable {
    /// What it is called in logs and lists.
    public let name: String
    /// Called before a job is stored; may change its tags and metadata. It runs inside `background` and must not wait.
    public var enqueue: (@Sendable (inout JobDraft) throws -> Void)?
    /// Called before each attempt. The attempt begins when it has returned, thrown or run out of time.
    public var before: (@Sendable (JobContext) async throws -> Void)?
    /// Runs an attempt, for instance inside a task-local value. It has to call the body once.
    public var around: (@Sendable (JobContext, _ body: () async throws -> Void) async throws -> Void)?
    /// Called after an attempt that returned, with what it returned.
    public var after: (@Sendable (JobContext, any Sendable) async throws -> Void)?
    /// Called after an attempt that threw or ran out of time, with the error; ``JobContext/attempt`` and
    /// ``JobContext/maxAttempts`` say whether another may follow. Not called for a job that is put off or called off.
    public var failed: (@Sendable (JobContext, any Error) async throws -> Void)?

    /// A middleware of some hooks.
    /// - Parameter name: What it is called in logs and lists.
    public init(
        _ name: String,
        enqueue: (@Sendable (inout JobDraft) throws -> Void)? = nil,
        before: (@Sendable (JobContext) async throws -> Void)? = nil,
        around: (@Sendable (JobContext, _ body: () async throws -> Void) async throws -> Void)? = nil,
        after: (@Sendable (JobContext, any Sendable) async throws -> Void)? = nil,
        failed: (@Sendable (JobContext, any Error) async throws -> Void)? = nil
    ) {
        self.name = name
        self.enqueue = enqueue
        self.before = before
        self.around = around
        self.after = after
        self.failed = failed
    }

    /// Whether anything is to be done when a job runs.
    var actsOnAttempts: Bool { before != nil || around != nil || after != nil || failed != nil }
}

/// A job that is about to be stored, as an ``JobMiddleware/enqueue`` hook sees it.
public struct JobDraft: Sendable {
    /// Its identity.
    public let id: JobID
    /// Its name.
    public let name: String
    /// The queue it goes to.
    public let queue: String
    /// The job that enqueues it, if it is one.
    public let parent: JobID?
    /// The request that causes it, if one does.
    public let requestID: String?
    /// Words to find it by.
    public var tags: [String]
    /// Values that travel with it, and that it reads from ``JobContext/metadata``.
    public var metadata: [String: String]

    init(_ job: NewJob) {
        id = job.id
        name = job.spec.name
        queue = job.spec.queue
        parent = job.parent
        requestID = job.requestID
        tags = job.spec.tags
        metadata = job.spec.metadata
    }
}
