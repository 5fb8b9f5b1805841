// Which code a job's name stands for. Filled before the app runs, read by every `background` and every worker.

import Synchronization

/// Finds a job's code by its type or by its stored name.
public final class JobRegistry: Sendable {
    private struct Tables: Sendable {
        var byType: [ObjectIdentifier: JobDefinition] = [:]
        var byName: [String: JobDefinition] = [:]
    }

    private let tables = Mutex(Tables())
    private let defaults: JobDefaults

    init(defaults: JobDefaults) { self.defaults = defaults }

    /// Makes a job's type known. Registering the same type again changes nothing.
    /// - Throws: ``QueueError/duplicateName(name:types:)`` if another type has its name,
    ///   ``QueueError/invalid(_:)`` if its options make no sense or its name would not be the same after the next build.
    public func register<J: Job>(_ type: J.Type) throws {
        let typeName = String(reflecting: type)
        let name = type.name
        guard !name.isEmpty, !name.contains("(unknown context at") else {
            throw QueueError.invalid(
                "\(type) is private or local, so the name it would be stored under changes with every build. "
                    + "Give it a `static let name`.")
        }
        if let complaint = type.options.complaint {
            throw QueueError.invalid("The options of \(typeName) make no sense: \(complaint).")
        }
        let definition = JobDefinition(type, typeName: typeName, defaults: defaults)
        try tables.withLock { tables in
            if let known = tables.byName[name], known.type != ObjectIdentifier(type) {
                throw QueueError.duplicateName(name: name, types: [known.typeName, typeName])
            }
            tables.byName[name] = definition
            tables.byType[ObjectIdentifier(type)] = definition
        }
    }

    /// The names of all registered jobs, in order.
    public var names: [String] { tables.withLock { $0.byName.keys.sorted() } }

    /// The queues that registered jobs go to, in order.
    package var queues: [String] { Set(tables.withLock { $0.byName.values.map(\.spec.queue) }).sorted() }

    func definition<J: Job>(of type: J.Type) throws -> JobDefinition {
        guard let definition = tables.withLock({ $0.byType[ObjectIdentifier(type)] }) else {
            throw QueueError.notRegistered(type: String(describing: type))
        }
        return definition
    }

    /// When a job that failed is tried again: as its call, its type or the defaults say.
    func policy(for spec: JobSpec) -> RetryPolicy {
        spec.retry ?? definition(named: spec.name)?.policy ?? defaults.retry
    }

    func definition(named name: String) -> JobDefinition? { tables.withLock { $0.byName[name] } }
}

/// What the queue needs to know about a job's type.
final class JobDefinition: Sendable {
    let type: ObjectIdentifier
    let typeName: String
    let name: String
    let options: JobOptions
    /// What the type's own options come to; shared by all its jobs that were enqueued without others.
    let spec: JobSpec
    let policy: RetryPolicy
    let decode: @Sendable ([UInt8]) throws -> any RunnableJob

    init<J: Job>(_ type: J.Type, typeName: String, defaults: JobDefaults) {
        self.type = ObjectIdentifier(type)
        self.typeName = typeName
        self.name = type.name
        self.options = type.options
        self.spec = JobSpec(name: type.name, options: options, callRetry: nil, defaults: defaults)
        self.policy = options.retry ?? defaults.retry
        self.decode = { TypedJob(try JSON.decode(J.self, from: $0)) }
    }
}

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
