/// Something a worker can run: a typed job or a closure. An object, because it goes from hand to hand on its way.
public protocol RunnableJob: AnyObject, Sendable {
    /// Does the work.
    func run(_ context: JobContext) async throws -> JobOutput

    /// Writes an output of this job down.
    func encode(_ output: any Sendable) throws -> [UInt8]
}

/// A job that is a value of a type.
final class TypedJob<J: Job>: RunnableJob {
    private let job: J

    init(_ job: J) { self.job = job }

    func run(_ context: JobContext) async throws -> JobOutput { .live(try await job.run(context)) }

    func encode(_ output: any Sendable) throws -> [UInt8] { try J.outputCoding.encode(any: output) }
}

/// A job whose value is still bytes. It becomes a value where it runs: on a job's thread, because that may take its time
/// and `upgrade` is the app's own code.
final class EncodedJob<Output: Sendable>: RunnableJob {
    private let stored: StoredJob
    private let coding: OutputCoding<Output>
    private let read: @Sendable (StoredJob) throws -> any RunnableJob

    init(
        _ stored: StoredJob, coding: OutputCoding<Output>,
        read: @escaping @Sendable (StoredJob) throws -> any RunnableJob
    ) {
        self.stored = stored
        self.coding = coding
        self.read = read
    }

    func run(_ context: JobContext) async throws -> JobOutput {
        let job: any RunnableJob
        do { job = try read(stored) } catch { throw Discard(unreadable: "value", of: context, error) }
        return try await job.run(context)
    }

    func encode(_ output: any Sendable) throws -> [UInt8] { try coding.encode(any: output) }
}

extension Discard {
    /// Stored bytes cannot be understood: the job becomes a dead letter, bytes kept.
    init(unreadable what: String, of context: JobContext, _ error: any Error) {
        self.init(reason: "The stored \(what) of job \(context.name) cannot be read: \(error)")
    }
}

/// A job that is a closure; it never leaves the process.
final class ClosureJob<Output: Sendable>: RunnableJob {
    private let work: @Sendable () async throws -> Output

    init(_ work: @escaping @Sendable () async throws -> Output) { self.work = work }

    func run(_ context: JobContext) async throws -> JobOutput { .live(try await work()) }

    func encode(_ output: any Sendable) throws -> [UInt8] {
        guard let output = output as? any Encodable else { return JSON.null }
        return try JSON.encode(output)
    }
}
