// How middleware and listeners come into a queue, and where the queue tells of jobs it accepted or called off.

extension JobQueue {
    /// Adds hooks around every job that is enqueued or run here from now on.
    public func use(_ middleware: JobMiddleware) { hooks.use(middleware) }

    /// Calls a function for everything that happens to jobs in this process from now on, one event after the other.
    ///
    /// ```swift
    /// queue.listen("pager") { event in
    ///     if event.kind == .failed { try await pager.notify("\(event.name): \(event.failure?.message ?? "")") }
    /// }
    /// ```
    /// It never holds up a job: it has a task of its own and a buffer; what does not fit is dropped, and the log says how
    /// much. What it throws is logged. If one event takes it longer than `hookTimeout`, it is cancelled and goes on
    /// with the next. When the queue is closed, it gets that much time to hear the last events.
    ///
    /// - Parameters:
    ///   - name: What the listener is called in logs and lists.
    ///   - buffer: How many events may wait for it: 16 384, about 4 MB.
    ///   - handle: The function.
    public func listen(
        _ name: String, buffer: Int = 16_384, _ handle: @escaping @Sendable (JobEvent) async throws -> Void
    ) {
        hooks.listen(name, buffer: buffer, handle)
    }

    /// What happens to jobs in this process from now on, for a loop to read.
    /// - Parameter buffer: How many events may wait to be read: 1024. What does not fit is dropped and counted.
    public func events(buffer: Int = 1024) -> JobEvents { JobEvents(hooks.events, limit: buffer) }

    /// Tells of jobs that were stored.
    package func announce(_ jobs: [NewJob], _ answers: [Insertion]) {
        guard hooks.events.isHeard else { return }
        for (job, answer) in zip(jobs, answers) { announce(job, answer) }
    }

    /// Tells of a job that was stored.
    func announce(_ job: NewJob, _ answer: Insertion) {
        guard hooks.events.isHeard, answer == .inserted else { return }
        hooks.events.emit(
            JobEvent(.enqueued, job.id, job.spec, attempt: 0, lease: 0, at: job.createdAt, next: job.dueAt))
    }

    /// Makes what is told of jobs wait until the answer is called.
    package func holdEvents(of jobs: [NewJob]) -> @Sendable () -> Void {
        guard hooks.events.isHeard else { return {} }
        let held = jobs.map(\.id).filter { hooks.events.hold($0) }
        return { [hooks] in for id in held { hooks.events.release(id) } }
    }

    /// Stores jobs and tells of them.
    func store(_ jobs: [NewJob]) async throws -> [Insertion] {
        let release = holdEvents(of: jobs)
        defer { release() }
        let answers = try await backend.insert(jobs)
        announce(jobs, answers)
        return answers
    }

    /// The same for one job in memory.
    func storeNow(_ job: NewJob, ignoresLimit: Bool = false) throws -> Insertion {
        let isHeld = hooks.events.hold(job.id)
        defer { if isHeld { hooks.events.release(job.id) } }
        let answer = try local.insertNow(job, ignoresLimit: ignoresLimit)
        announce(job, answer)
        return answer
    }

    /// A job as it waits, if it does, for whoever is about to call it off and has to tell of it.
    func waitingIfHeard(_ id: JobID) async -> JobRecord? {
        guard hooks.events.isHeard, let record = try? await record(of: id) else { return nil }
        return record.state.isWaiting ? record : nil
    }

    /// Tells of a job that was called off before it ran. Of one that runs its worker tells, also if it has ended by now: then
    /// it was claimed since it waited.
    func announceCancelled(_ waiting: JobRecord) async {
        guard let record = try? await record(of: waiting.id), record.state == .cancelled, record.lease == waiting.lease
        else { return }
        hooks.events.emit(JobEvent(.cancelled, record, at: record.finishedAt ?? record.dueAt))
    }
}
