// `background`, wherever one can say it: on a request, on the app, or on its own.
//
// One protocol spells the calls out; who conforms only says which queue they mean and which request they act for.

import Logging
public import NightjarJobs

public import struct Foundation.Date

/// Something on which `background` can be called: a ``Request``, an `App`.
public protocol JobEnqueuer: Sendable {
    /// The queue that jobs go to.
    /// - Throws: ``QueueError`` if there is none.
    var jobQueue: JobQueue { get throws }

    /// The request on whose behalf jobs are enqueued; `nil` leaves it to the surroundings.
    var enqueuingRequest: Request? { get }
}

extension JobEnqueuer {
    /// The surroundings decide.
    public var enqueuingRequest: Request? { nil }

    /// Hands a job over to be done after the page has been answered. When this returns, the job is accepted.
    ///
    /// ```swift
    /// let receipt = try await request.background(SendReceipt(orderID: 7), delay: .seconds(5))
    /// ```
    /// - Parameters:
    ///   - job: The job.
    ///   - delay: How long to wait before the first attempt.
    ///   - date: When to run instead; at once if it has passed.
    ///   - options: What is different from the type's options for this one job.
    /// - Returns: A future with the job's id.
    /// - Throws: ``QueueError`` if the job was not accepted, ``RequestError`` if its request is too large to travel.
    @discardableResult
    public func background<J: Job>(
        _ job: J, delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) async throws -> JobFuture<J.Output> {
        let queue = try jobQueue
        guard let request = enqueuingRequest, request !== Request.current else {
            return try await queue.background(job, delay: delay, at: date, options: options)
        }
        return try await Request.$current.withValue(request) {
            try await queue.background(job, delay: delay, at: date, options: options)
        }
    }

    /// Hands many jobs of one type over in one step: all of them or none.
    @discardableResult
    public func background<J: Job>(
        _ jobs: [J], delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) async throws -> [JobFuture<J.Output>] {
        let queue = try jobQueue
        return try await Request.$current.withValue(enqueuingRequest ?? Request.current) {
            try await queue.background(jobs, delay: delay, at: date, options: options)
        }
    }

    /// Runs a closure in the background of this process; the request stays readable as ``currentRequest``.
    ///
    /// ```swift
    /// request.background { await cache.warm() }
    /// ```
    /// It is accepted at once, runs once, and ends with the process at the latest; use a ``Job`` for work that must not be
    /// lost. What it throws is logged.
    ///
    /// - Parameters:
    ///   - name: What logs and lists call it.
    ///   - delay: How long to wait before it runs.
    ///   - options: How it is to be run, for instance with retries.
    ///   - work: The closure.
    /// - Returns: A future for what it returns. It throws ``QueueError`` if the closure was not accepted.
    @discardableResult
    public func background<Output: Sendable>(
        _ name: String = "closure", delay: Duration? = nil, options: JobOptions? = nil,
        _ work: @escaping @Sendable () async throws -> Output
    ) -> JobFuture<Output> {
        let queue: JobQueue
        do { queue = try jobQueue } catch {
            // Nobody may be looking at the future, and a closure must not vanish without a word.
            Logger(label: "nightjar.jobs").error("Background job \(name) was not accepted: \(error)")
            return .refused(error as? QueueError ?? .invalid("\(error)"))
        }
        guard let request = enqueuingRequest, request !== Request.current else {
            return queue.background(name, delay: delay, options: options, work)
        }
        return Request.$current.withValue(request) {
            queue.background(name, delay: delay, options: options, work)
        }
    }

    /// Runs a function with its arguments in the background of this process.
    ///
    /// ```swift
    /// request.background(resize, path)
    /// ```
    @discardableResult
    public func background<First: Sendable, each Rest: Sendable, Output: Sendable>(
        _ work: @escaping @Sendable (First, repeat each Rest) async throws -> Output,
        _ first: First, _ rest: repeat each Rest
    ) -> JobFuture<Output> {
        background { try await work(first, repeat each rest) }
    }
}

extension Request: JobEnqueuer {
    /// The queue of the application this request came to.
    public var jobQueue: JobQueue {
        get throws {
            guard let queue = core.settings.jobs.queue ?? RunningQueue.current else { throw QueueError.noRunningApp }
            return queue
        }
    }

    /// This one.
    public var enqueuingRequest: Request? { self }
}

// MARK: - On its own

/// Hands a job over to the app that is running, for code that has neither a request nor the app at hand.
///
/// Inside a request or a job it acts for ``currentRequest``.
/// - Throws: ``QueueError`` if the job was not accepted, or no app is running.
@discardableResult
public func background<J: Job>(
    _ job: J, delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
) async throws -> JobFuture<J.Output> {
    try await RunningApp().background(job, delay: delay, at: date, options: options)
}

/// Hands many jobs of one type over to the app that is running, in one step: all of them or none.
///
/// - Throws: ``QueueError`` if they were not accepted, or no app is running.
@discardableResult
public func background<J: Job>(
    _ jobs: [J], delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
) async throws -> [JobFuture<J.Output>] {
    try await RunningApp().background(jobs, delay: delay, at: date, options: options)
}

/// Runs a closure in the background of the app that is running.
@discardableResult
public func background<Output: Sendable>(
    _ name: String = "closure", delay: Duration? = nil, options: JobOptions? = nil,
    _ work: @escaping @Sendable () async throws -> Output
) -> JobFuture<Output> {
    RunningApp().background(name, delay: delay, options: options, work)
}

/// Runs a function with its arguments in the background of the app that is running.
@discardableResult
public func background<First: Sendable, each Rest: Sendable, Output: Sendable>(
    _ work: @escaping @Sendable (First, repeat each Rest) async throws -> Output,
    _ first: First, _ rest: repeat each Rest
) -> JobFuture<Output> {
    background { try await work(first, repeat each rest) }
}

/// Whatever app is running.
private struct RunningApp: JobEnqueuer {
    var jobQueue: JobQueue {
        get throws {
            guard let queue = RunningQueue.current else { throw QueueError.noRunningApp }
            return queue
        }
    }
}
