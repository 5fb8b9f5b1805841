// A job is a value: what it needs is in its stored properties, what it does in `run`. The value is what gets stored.

/// Work that happens after a page has been answered.
///
/// ```swift
/// struct SendReceipt: Job {
///     static let options = JobOptions(queue: "mail", retry: .exponential(base: 2, maxAttempts: 8), timeout: .seconds(30))
///     var orderID: Int
///
///     func run(_ context: JobContext) async throws -> String {
///         context.logger.info("sending receipt")
///         return "sent"
///     }
/// }
/// ```
/// A job may run more than once: a worker can die after the work is done and before that is written down. Make `run` safe
/// to repeat; ``JobContext/id`` is the same each time.
public protocol Job: Codable, Sendable {
    /// What the job returns: anything `Codable`, or nothing.
    associatedtype Output: Sendable = Void

    /// The name under which the job is stored and found again; the type's full name unless you give one.
    ///
    /// Stored jobs carry it, so it must not change while some of them wait.
    static var name: String { get }

    /// How jobs of this type are run, unless a call says otherwise.
    static var options: JobOptions { get }

    /// How the output is written down. There is one for every `Codable` type and for `Void`; an output that is neither
    /// does not compile.
    static var outputCoding: OutputCoding<Output> { get }

    /// Names under which jobs of this type may still be stored, because that is what it was called before.
    ///
    /// Nothing is stored under them any more; jobs that still wait under one are run by this type.
    static var aliases: [String] { get }

    /// Which shape the stored value has, counted from 1. Raise it when stored values could no longer be decoded, and say in
    /// ``upgrade(_:)`` how older ones become new ones.
    ///
    /// It is stored with each job. A worker of an older version leaves newer jobs in the queue, for a program that
    /// understands them.
    static var version: Int { get }

    /// The stored properties, as lists of jobs show them; `@Job` writes this down.
    static var parameters: [JobParameter] { get }

    /// Makes a job from one that was stored by an older version of its type. Such jobs are decoded as they are unless you
    /// say otherwise.
    ///
    /// ```swift
    /// static let version = 2
    /// static func upgrade(_ old: StoredJob) throws -> Self {
    ///     let old = try old.decode(FirstVersion.self)
    ///     return Self(name: old.firstName + " " + old.lastName)
    /// }
    /// ```
    /// - Throws: Any error, and the job becomes a dead letter, its bytes kept.
    static func upgrade(_ old: StoredJob) throws -> Self

    /// Does the work.
    /// - Throws: Any error, and the job is retried as its policy says; ``Retry``, ``Snooze`` or ``Discard`` to say more.
    func run(_ context: JobContext) async throws -> Output
}

extension Job {
    /// The type's full name, such as `MyApp.SendReceipt`.
    public static var name: String { String(reflecting: Self.self) }

    /// Nothing but the queue's defaults.
    public static var options: JobOptions { JobOptions() }

    /// None: it was never called anything else.
    public static var aliases: [String] { [] }

    /// The first.
    public static var version: Int { 1 }

    /// Not known.
    public static var parameters: [JobParameter] { [] }

    /// Decodes it as it is.
    public static func upgrade(_ old: StoredJob) throws -> Self { try old.decode(Self.self) }
}

extension Job where Output: Codable {
    /// Writes the output as JSON.
    public static var outputCoding: OutputCoding<Output> { .json }
}

extension Job where Output == Void {
    /// There is nothing to write.
    public static var outputCoding: OutputCoding<Void> { .nothing }
}

/// How a job's output is written down and read back.
public struct OutputCoding<Output: Sendable>: Sendable {
    let encode: @Sendable (Output) throws -> [UInt8]
    let decode: @Sendable ([UInt8]) throws -> Output

    /// A coding of your own.
    public init(
        encode: @escaping @Sendable (Output) throws -> [UInt8],
        decode: @escaping @Sendable ([UInt8]) throws -> Output
    ) {
        self.encode = encode
        self.decode = decode
    }

    /// Writes an output whose type is known to the job alone.
    func encode(any output: any Sendable) throws -> [UInt8] {
        guard let output = output as? Output else { return JSON.null }
        return try encode(output)
    }
}

extension OutputCoding where Output: Codable {
    /// As JSON.
    static var json: Self {
        Self(encode: { try JSON.encode($0) }, decode: { try JSON.decode(Output.self, from: $0) })
    }
}

extension OutputCoding where Output == Void {
    /// There is nothing to write.
    static var nothing: Self { Self(encode: { _ in JSON.null }, decode: { _ in () }) }
}
