/// Something a worker can run: a typed job or a closure.
public protocol RunnableJob: Sendable {
    /// Does the work.
    func run(_ context: JobContext) async throws -> JobOutput

    /// Writes an output of this job down.
    func encode(_ output: any Sendable) throws -> [UInt8]
}

/// A job that is a value of a type.
struct TypedJob<J: Job>: RunnableJob {
    let job: J

    init(_ job: J) { self.job = job }

    func run(_ context: JobContext) async throws -> JobOutput { .live(try await job.run(context)) }

    func encode(_ output: any Sendable) throws -> [UInt8] { try J.outputCoding.encode(any: output) }
}

/// A job whose value is still bytes. It becomes a value where it runs: on a job's thread, because that may take its time
/// and `upgrade` is the app's own code.
struct EncodedJob<Output: Sendable>: RunnableJob {
    let stored: StoredJob
    let coding: OutputCoding<Output>
    let read: @Sendable (StoredJob) throws -> any RunnableJob

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
struct ClosureJob<Output: Sendable>: RunnableJob {
    let work: @Sendable () async throws -> Output

    func run(_ context: JobContext) async throws -> JobOutput { .live(try await work()) }

    func encode(_ output: any Sendable) throws -> [UInt8] {
        guard let output = output as? any Encodable else { return JSON.null }
        return try JSON.encode(output)
    }
}
