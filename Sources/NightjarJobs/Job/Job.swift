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

    /// Does the work.
    /// - Throws: Any error, and the job is retried as its policy says; ``Retry``, ``Snooze`` or ``Discard`` to say more.
    func run(_ context: JobContext) async throws -> Output
}

extension Job {
    /// The type's full name, such as `MyApp.SendReceipt`.
    public static var name: String { String(reflecting: Self.self) }

    /// Nothing but the queue's defaults.
    public static var options: JobOptions { JobOptions() }
}

extension Job where Output: Codable {
    /// Writes the output as JSON.
    public static var outputCoding: OutputCoding<Output> {
        OutputCoding(encode: { try JSON.encode($0) }, decode: { try JSON.decode(Output.self, from: $0) })
    }
}

extension Job where Output == Void {
    /// There is nothing to write.
    public static var outputCoding: OutputCoding<Void> { OutputCoding(encode: { _ in JSON.null }, decode: { _ in () }) }
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
}
