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

    func encode(_ output: any Sendable) throws -> [UInt8] {
        guard let output = output as? J.Output else { return JSON.null }
        return try J.outputCoding.encode(output)
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
