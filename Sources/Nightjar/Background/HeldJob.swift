// A job that belongs to a response: stored before the response is sent, let go once it has been.
//
//     handler returns ─► middleware ─► stored, due in a minute ─► response sent ─► due now
//                                          │                         └ the process dies: it runs a minute later
//                                          └ cannot be stored: those before it are called off, the response is an error
//
// It is stored when nothing can replace the response any more, and with the request that its response answers. A
// response that takes longer than the minute is overtaken by its job, which is the price for never losing one.

package import NightjarJobs

/// A job in the store that waits for a response to be sent.
package struct HeldJob: Sendable {
    /// How long a job waits for its response before it starts without it: a minute, longer than responses take and
    /// short enough to be noticed by nobody.
    static let patience = Duration.seconds(60)

    private let queue: JobQueue
    private let id: JobID
    /// How long the job was to wait in any case, counted from when its response was sent.
    private let delay: Duration
    /// Whether the job in the store is this one, and not an older one that it gave way to.
    private let isOurs: Bool
    /// Whether it was stored by this response alone, so that calling it off takes nothing from anybody.
    private let isNew: Bool

    /// Stores a job for the response to a request.
    init<J: Job>(_ job: J, options: JobOptions?, for request: Request) async throws {
        let delay = options?.delay ?? J.options.delay ?? .zero
        queue = try request.jobQueue
        let future = try await request.background(job, delay: Self.patience + delay, options: options)
        let unique = options?.unique ?? J.options.unique
        self.id = future.jobID
        self.delay = delay
        self.isNew = !future.isExisting
        self.isOurs = !future.isExisting || unique?.onConflict == .replace
    }

    func letGo() async throws {
        if isOurs { try await queue.letGo(id, after: delay) }
    }

    func callOff() async throws {
        if isNew { try await queue.cancel(id) }
    }
}

extension Response {
    /// The same response with a job that starts once it has been sent.
    ///
    /// The job is stored before the response is sent, so that "afterwards" never means "perhaps never": if the process
    /// dies in between, the job runs a minute later. If it cannot be stored, the response is an error instead.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - options: What is different from the type's options for this one job. A delay counts from when the response
    ///     was sent.
    public func background<J: Job>(_ job: J, options: JobOptions? = nil) -> Response {
        var response = self
        response.afterResponse.append(
            AfterResponse(name: "background \(J.name)") { request in
                try await HeldJob(job, options: options, for: request)
            })
        return response
    }

    /// The response once the jobs that belong to it are stored: all of them, or it throws.
    func holdingJobs(for request: Request) async throws -> Response {
        guard afterResponse.contains(where: { $0.hold != nil }) else { return self }
        var response = self
        var held: [HeldJob] = []
        for (index, work) in afterResponse.enumerated() {
            guard let hold = work.hold else { continue }
            do {
                let job = try await hold(request)
                held.append(job)
                response.afterResponse[index] = AfterResponse(name: work.name) { try await job.letGo() }
            } catch {
                for job in held { try? await job.callOff() }
                throw error
            }
        }
        return response
    }
}
