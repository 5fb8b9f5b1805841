// A queue with a worker of its own: so many slots that belong to it alone, and functions that take typed requests.
//
//     declared    its queue is left alone by everybody else
//     included    processes that run jobs run it, too
//
// A function cannot be stored; its name can. So a handler is declared at the start, in every process, and what is queued
// is its name and the request.

public import struct Foundation.Date

/// A queue that is worked off beside all others, by as many at once as it was given.
///
/// ```swift
/// let priority = app.worker("priority_queue", concurrency: 4)
/// let sendEmail = try priority.handler("send_email", of: SendEmail.self) { email in
///     try await Mail(to: email.address, subject: email.subject, text: email.text).send()
/// }
/// app.include(priority)
///
/// app.post("/orders") { request in
///     try await priority.queue(sendEmail, SendEmail(address: "ada@example.org", subject: "Thank you", text: "…"))
///     return "thank you"
/// }
/// ```
public struct NamedWorker: Sendable {
    /// The name of the queue, and of the worker.
    public let name: String
    /// How many of its jobs are in flight at once in each process.
    public let concurrency: Int
    let owner: JobQueue

    /// What is wrong with the worker, in a sentence, or `nil`.
    var complaint: String? {
        guard JobOptions.isQueueName(name) else {
            return "“\(name)” cannot name a worker: use 1 to 64 letters, digits, “-”, “_”, “.” or “:”."
        }
        guard (1...10_000).contains(concurrency) else {
            return "The worker “\(name)” has a concurrency of \(concurrency); it has to be from 1 to 10000."
        }
        return nil
    }

    // MARK: - Functions that take requests

    /// Declares a function that takes requests of a type. Declare it at the start, in every process that queues for it or
    /// runs it: workers find it by its name.
    ///
    /// - Parameters:
    ///   - name: The name under which its requests are stored.
    ///   - type: What it takes.
    ///   - options: How its jobs are run; their queue is this worker's.
    ///   - aliases: Names that requests may have been stored under before.
    ///   - file: Where that is said, for messages.
    ///   - line: Where that is said, for messages.
    ///   - work: The function, sync or async. It runs on a thread for jobs, which it may block;
    ///     ``JobContext/current`` is the attempt it is in.
    /// - Returns: What ``queue(_:_:delay:at:options:)`` takes.
    /// - Throws: ``QueueError`` if another job or handler has the name, or the options make no sense.
    public func handler<Request: Codable & Sendable, Output: Codable & Sendable>(
        _ name: String, of type: Request.Type = Request.self, options: JobOptions = JobOptions(),
        aliases: [String] = [], file: String = #fileID, line: Int = #line,
        _ work: @escaping @Sendable (Request) async throws -> Output
    ) throws -> JobHandler<Request, Output> {
        try declare(name, options, aliases, SourcePlace(file: file, line: line), .json, work)
    }

    /// Declares a function that takes requests of a type and returns nothing.
    ///
    /// - Parameters:
    ///   - name: The name under which its requests are stored.
    ///   - type: What it takes.
    ///   - options: How its jobs are run; their queue is this worker's.
    ///   - aliases: Names that requests may have been stored under before.
    ///   - file: Where that is said, for messages.
    ///   - line: Where that is said, for messages.
    ///   - work: The function, sync or async. It runs on a thread for jobs, which it may block;
    ///     ``JobContext/current`` is the attempt it is in.
    /// - Returns: What ``queue(_:_:delay:at:options:)`` takes.
    /// - Throws: ``QueueError`` if another job or handler has the name, or the options make no sense.
    public func handler<Request: Codable & Sendable>(
        _ name: String, of type: Request.Type = Request.self, options: JobOptions = JobOptions(),
        aliases: [String] = [], file: String = #fileID, line: Int = #line,
        _ work: @escaping @Sendable (Request) async throws -> Void
    ) throws -> JobHandler<Request, Void> {
        try declare(name, options, aliases, SourcePlace(file: file, line: line), .nothing, work)
    }

    private func declare<Request: Codable & Sendable, Output: Sendable>(
        _ name: String, _ options: JobOptions, _ aliases: [String], _ place: SourcePlace,
        _ coding: OutputCoding<Output>, _ work: @escaping @Sendable (Request) async throws -> Output
    ) throws -> JobHandler<Request, Output> {
        var options = options
        options.queue = self.name
        let definition = JobDefinition(
            handler: name, of: Request.self, aliases: aliases, options: options, at: place,
            defaults: owner.configuration.defaults, coding: coding, work)
        try owner.registry.register(definition)
        return JobHandler(name: name, work: work, coding: coding, definition: definition)
    }

    // MARK: - Putting jobs in

    /// Queues a request for a function. When this returns, it is accepted; the function runs in a worker.
    ///
    /// A request of another type than the function takes does not compile.
    /// - Parameters:
    ///   - handler: The function.
    ///   - request: What it is to work on.
    ///   - delay: How long to wait before the first attempt.
    ///   - date: When to run instead; at once if it has passed.
    ///   - options: What is different from the handler's options for this one request; the queue stays this worker's.
    /// - Returns: A future for what the function returns.
    /// - Throws: ``QueueError`` if it was not accepted; the error of the backend if it cannot be reached.
    @discardableResult
    public func queue<Request: Codable & Sendable, Output: Sendable>(
        _ handler: JobHandler<Request, Output>, _ request: Request, delay: Duration? = nil, at date: Date? = nil,
        options: JobOptions? = nil
    ) async throws -> JobFuture<Output> {
        let new = try owner.prepare(request, for: handler, delay: delay, at: date, options: own(options, of: handler))
        return try await owner.insert(new) { [coding = handler.coding] in try decodeOutput($0, with: coding) }
    }

    /// Queues many requests for a function in one step: all of them or none.
    @discardableResult
    public func queue<Request: Codable & Sendable, Output: Sendable>(
        _ handler: JobHandler<Request, Output>, _ requests: [Request], delay: Duration? = nil, at date: Date? = nil,
        options: JobOptions? = nil
    ) async throws -> [JobFuture<Output>] {
        let options = own(options, of: handler)
        let new = try requests.map {
            try owner.prepare($0, for: handler, delay: delay, at: date, options: options)
        }
        return try await owner.insert(new) { [coding = handler.coding] in try decodeOutput($0, with: coding) }
    }

    /// Accepts a job of any type into this worker's queue, whatever queue its type names.
    @discardableResult
    public func enqueue<J: Job>(
        _ job: J, delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) async throws -> JobFuture<J.Output> {
        try await owner.background(job, delay: delay, at: date, options: own(options))
    }

    /// Accepts many jobs of a type into this worker's queue in one step: all of them or none.
    @discardableResult
    public func enqueue<J: Job>(
        _ jobs: [J], delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) async throws -> [JobFuture<J.Output>] {
        try await owner.background(jobs, delay: delay, at: date, options: own(options))
    }

    private func own(_ options: JobOptions?) -> JobOptions {
        var own = options ?? JobOptions()
        own.queue = name
        return own
    }

    /// Nothing if the handler's own options say the same, so that its jobs share their specification.
    private func own<Request, Output>(_ options: JobOptions?, of handler: JobHandler<Request, Output>) -> JobOptions? {
        options == nil && handler.definition.spec.queue == name ? nil : own(options)
    }
}

/// A function that takes requests, known by its name; ``NamedWorker`` makes it from a closure.
public struct JobHandler<Request: Codable & Sendable, Output: Sendable>: Sendable {
    /// The name under which its requests are stored.
    public let name: String
    let work: @Sendable (Request) async throws -> Output
    let coding: OutputCoding<Output>
    let definition: JobDefinition
}

/// A request and the function that takes it.
final class HandledRequest<Request: Sendable, Output: Sendable>: RunnableJob {
    private let request: Request
    private let work: @Sendable (Request) async throws -> Output
    private let coding: OutputCoding<Output>

    init(
        _ request: Request, coding: OutputCoding<Output>, work: @escaping @Sendable (Request) async throws -> Output
    ) {
        self.request = request
        self.work = work
        self.coding = coding
    }

    func run(_ context: JobContext) async throws -> JobOutput { .live(try await work(request)) }

    func encode(_ output: any Sendable) throws -> [UInt8] { try coding.encode(any: output) }
}

extension JobQueue {
    /// Declares a queue with a worker of its own. Nothing runs its jobs until it is included.
    ///
    /// - Parameters:
    ///   - name: The name of the queue. Two workers of one name, or one that cannot name a queue, stop the start.
    ///   - concurrency: How many of its jobs are in flight at once in each process: 10, as for all other queues together.
    public func worker(_ name: String, concurrency: Int = 10) -> NamedWorker {
        let worker = NamedWorker(name: name, concurrency: concurrency, owner: self)
        roster.declare(worker)
        return worker
    }

    /// Puts a worker among those that run wherever this queue's jobs are run.
    public func include(_ worker: NamedWorker) { roster.include(worker, in: self) }

    /// The request as a backend stores it.
    func prepare<Request: Codable & Sendable, Output: Sendable>(
        _ request: Request, for handler: JobHandler<Request, Output>, delay: Duration?, at date: Date?,
        options: JobOptions?
    ) throws -> NewJob {
        guard registry.definition(named: handler.name) === handler.definition else {
            throw QueueError.invalid(
                "\(handler.name) was not accepted: that handler was declared on another app's worker.")
        }
        return try prepare(handler.definition, delay: delay, at: date, options: options) { spec in
            try payload(of: request, spec) { HandledRequest($0, coding: handler.coding, work: handler.work) }
        }
    }
}
