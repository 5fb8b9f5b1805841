// What a job knows about the attempt it is in. A value with one reference: cheap to pass on, and safe to keep, since
// reporting through it after the attempt has ended changes nothing.

public import Logging

/// The attempt a job is in: its identity, its logger, its progress.
public struct JobContext: Sendable {
    /// The attempt that the current task belongs to, or `nil` outside of jobs.
    @TaskLocal public static var current: JobContext?

    let owner: Attempt

    /// The job's id, the same in every attempt.
    public var id: JobID { owner.job.id }
    /// The job's name.
    public var name: String { owner.job.spec.name }
    /// The queue it was waiting in.
    public var queue: String { owner.job.spec.queue }
    /// Which attempt this is, counted from 1.
    public var attempt: Int { owner.job.attempt }
    /// How many attempts the job is granted in all.
    public var maxAttempts: Int { owner.job.spec.maxAttempts }
    /// The values that were enqueued with the job.
    public var metadata: [String: String] { owner.job.spec.metadata }
    /// The words the job can be found by.
    public var tags: [String] { owner.job.spec.tags }
    /// When the job was enqueued.
    public var createdAt: Timestamp { owner.job.createdAt }
    /// When this attempt will be cancelled for taking too long, by the wall clock as it goes now.
    public var deadline: Timestamp { owner.wallDeadline }

    /// A logger that puts the job, the attempt and the request behind it on every line.
    public var logger: Logger { owner.logger }

    /// Whether the attempt should stop: it was cancelled, took too long, or the worker is shutting down.
    public var isCancelled: Bool { Task.isCancelled }

    /// Says how far the job is.
    /// - Parameters:
    ///   - fraction: From 0 to 1.
    ///   - message: What it is doing, for the person who waits.
    /// - Throws: ``QueueError/invalid(_:)`` if the fraction is not from 0 to 1.
    public func progress(_ fraction: Double, _ message: String? = nil) throws {
        guard fraction >= 0, fraction <= 1 else {
            throw QueueError.invalid("A progress of \(fraction) was reported by job \(name); it must be from 0 to 1.")
        }
        owner.report(JobProgress(fraction: fraction, message: message))
    }
}
