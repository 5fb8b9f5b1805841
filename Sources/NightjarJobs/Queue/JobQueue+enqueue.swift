// The words of those who think of a queue first: enqueue, map, and a future by its id.

public import struct Foundation.Date

extension JobQueue {
    /// Accepts a job: another word for `background`.
    @discardableResult
    public func enqueue<J: Job>(
        _ job: J, delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) async throws -> JobFuture<J.Output> {
        try await background(job, delay: delay, at: date, options: options)
    }

    /// Accepts many jobs of one type in one step: all of them or none.
    ///
    /// - Returns: Their futures, in the same order.
    @discardableResult
    public func enqueue<J: Job>(
        _ jobs: [J], delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) async throws -> [JobFuture<J.Output>] {
        try await background(jobs, delay: delay, at: date, options: options)
    }

    /// Accepts one job for each value, in one step: all of them or none.
    ///
    /// ```swift
    /// let receipts = try await queue.map(orders) { SendReceipt(orderID: $0.id) }
    /// for receipt in receipts { print(try await receipt.value) }
    /// ```
    /// - Parameters:
    ///   - values: The values.
    ///   - delay: How long to wait before the first attempts; the type's own default if left out.
    ///   - date: When to run instead; at once if it has passed.
    ///   - options: What is different from the type's options for these jobs.
    ///   - job: Makes a value's job.
    /// - Returns: Their futures, in the order of the values.
    /// - Throws: ``QueueError`` if they were not accepted; what `job` throws; the error of the backend if it cannot be
    ///   reached.
    @discardableResult
    public func map<Values: Sequence, J: Job>(
        _ values: Values, delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil,
        _ job: (Values.Element) throws -> J
    ) async throws -> [JobFuture<J.Output>] {
        try await background(values.map(job), delay: delay, at: date, options: options)
    }

    /// The future of a job by its id, wherever it was accepted and wherever it runs.
    ///
    /// ```swift
    /// let total: Int = try await queue.future(id).value
    /// ```
    /// - Parameters:
    ///   - id: The job's id.
    ///   - type: What the job returns.
    public func future<Output: Codable & Sendable>(_ id: JobID, as type: Output.Type = Output.self) -> JobFuture<Output>
    {
        future(id: id, nil) { try decodeOutput($0, with: .json) }
    }

    /// The future of a job by its id, for somebody who wants to know when it is done and not what it returned.
    public func future(_ id: JobID) -> JobFuture<Void> {
        JobFuture(jobID: id, isExisting: false, queue: self, decode: { _ in }, refusal: nil)
    }
}
