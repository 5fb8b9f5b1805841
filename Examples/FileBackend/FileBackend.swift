// A backend as anybody can write one: all that it knows of Nightjar is public. Jobs are lines at the end of a file.
//
//     step ──► FileState (what changes) ──► one line, on the disk ──► the new state counts, news
//
// A step is one line, so it is there as a whole or not at all: a line that a crash cut short is dropped when the file is
// opened. A job is only handed out by the line that says so; it stays in the file until a later line says how it ended, so
// a process that dies loses nothing, and what it was running runs again.
//
// When lines have piled up, the state is written to a new file, which takes the old one's place in one step (rename); a
// crash before that leaves the old one as it was.
//
// One process at a time: it holds a lock on a file beside it, and the system lets go of it when the process ends.

import Dispatch
public import Nightjar
import Synchronization

/// Keeps jobs in a file of lines that only grows, for one process at a time.
public final class FileBackend: JobBackend {
    /// Survives the process.
    public let traits = BackendTraits(name: "file", durability: .disk)
    /// The clock it was made with.
    public let clock: JobClock
    private let path: String
    private let opened = Mutex<(log: FileLog, state: FileState)?>(nil)
    private let subscribers = Mutex<[@Sendable (BackendNews) -> Void]>([])
    /// Where the disk is waited for, one step after the other.
    private let work = DispatchQueue(label: "file-backend")

    /// A backend.
    /// - Parameters:
    ///   - path: The file; made if it is not there.
    ///   - clock: Whose time it is.
    public init(path: String, clock: JobClock = .system) {
        self.path = path
        self.clock = clock
    }

    /// Takes the lock and reads the file.
    /// - Throws: ``FileBackendError`` if another process has it, or the file cannot be used.
    public func open() async throws {
        try await perform { opened in
            guard opened == nil else { return }
            var state = FileState()
            let log = try FileLog(path: self.path) { state.apply($0) }
            opened = (log, state)
        }
    }

    /// Lets go of the file.
    public func close() async {
        try? await perform { opened in
            opened?.log.close()
            opened = nil
        }
    }

    // MARK: - Steps

    /// Stores new jobs.
    public func insert(_ jobs: [NewJob]) async throws -> [Insertion] {
        let now = clock.now
        let answers = try await change { state in try jobs.map { try state.insert($0, now) } }
        var changed: [JobID] = []
        for (job, answer) in zip(jobs, answers) {
            switch answer {
            case .existing: continue
            case .replaced(let id): changed.append(id)
            case .inserted: break
            }
            announce(job.dueAt, now)
        }
        if !changed.isEmpty { tell(.changed(changed)) }
        return answers
    }

    /// Hands out due jobs.
    public func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] {
        let (now, uptime) = (clock.now, clock.uptime)
        let (jobs, changed) = try await change { state in
            state.promote(now)
            let jobs = state.claim(request, now, uptime)
            return (jobs, state.changedSoFar)
        }
        if !changed.isEmpty { tell(.changed(changed)) }
        return jobs
    }

    /// Writes down what became of attempts.
    public func settle(_ settlements: [Settlement]) async throws -> [Bool] {
        let now = clock.now
        let answers = try await change { state in settlements.map { state.settle($0, now) } }
        let accepted = zip(settlements, answers).filter(\.1).map(\.0)
        if !accepted.isEmpty { tell(.changed(accepted.map(\.id))) }
        for settlement in accepted {
            switch settlement.disposition {
            case .pending: announce(now, now)
            case .scheduled(let moment), .retrying(let moment, _): announce(moment, now)
            case .completed, .failed, .cancelled: break
            }
        }
        return answers
    }

    /// Prolongs leases and stores progress.
    public func renew(_ renewals: [Renewal]) async throws -> [LeaseState] {
        let uptime = clock.uptime
        let answers = try await change { state in renewals.map { state.renew($0, uptime) } }
        let moved = zip(renewals, answers).filter { $0.progress != nil && $1 != .lost }.map(\.0.id)
        if !moved.isEmpty { tell(.changed(moved)) }
        return answers
    }

    /// Takes back jobs whose lease ran out.
    public func rescue() async throws -> [JobRecord] {
        let (now, uptime) = (clock.now, clock.uptime)
        let rescued = try await change { $0.rescue(now, uptime) }
        if !rescued.isEmpty {
            tell(.changed(rescued.map(\.id)))
            tell(.ready)
        }
        return rescued
    }

    /// Calls jobs off.
    public func cancel(_ ids: [JobID]) async throws -> [JobID] {
        let now = clock.now
        let (waiting, running) = try await change { $0.cancel(ids, now) }
        if !waiting.isEmpty { tell(.changed(waiting)) }
        if !running.isEmpty { tell(.cancelRequested(running)) }
        return waiting + running
    }

    /// Gives waiting jobs another due time.
    public func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await move(due) { state, now in
            state.promote(now)
            return state.reschedule(ids, at: due, now)
        }
    }

    /// Brings ended jobs back.
    public func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        try await move(due) { state, now in state.requeue(ids, at: due, now) }
    }

    private func move(
        _ due: Timestamp, _ body: @escaping @Sendable (inout FileState, Timestamp) -> [JobID]
    ) async throws -> [JobID] {
        let now = clock.now
        let moved = try await change { body(&$0, now) }
        if !moved.isEmpty {
            tell(.changed(moved))
            announce(due, now)
        }
        return moved
    }

    /// Removes jobs that are not running.
    public func delete(_ ids: [JobID]) async throws -> [JobID] {
        let removed = try await change { $0.delete(ids) }
        if !removed.isEmpty { tell(.changed(removed)) }
        return removed
    }

    /// Removes what has been kept long enough.
    public func prune(_ retention: Retention) async throws -> Int {
        let now = clock.now
        return try await change { $0.prune(retention, now) }
    }

    /// Stops or resumes a queue.
    public func setPaused(_ paused: Bool, queue: String) async throws {
        try await change { $0.setPaused(paused, queue) }
        if !paused { tell(.ready) }
    }

    /// Moves a schedule on.
    public func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer {
        let now = clock.now
        let answer = try await change { try $0.move(schedule, now) }
        if case .fired(let insertion) = answer, let job = schedule.job {
            if case .replaced(let id) = insertion { tell(.changed([id])) }
            announce(job.dueAt, now)
        }
        return answer
    }

    /// Stops or resumes a schedule.
    public func setPaused(_ paused: Bool, schedule: String) async throws {
        let now = clock.now
        try await change { $0.setPaused(paused, schedule: schedule, now) }
    }

    // MARK: - Views

    /// How far schedules have come.
    public func schedules() async throws -> [ScheduleRecord] {
        try await look { $0.schedules.values.sorted { $0.name < $1.name }.map(\.record) }
    }

    /// When the next waiting job falls due.
    public func nextDue(in queues: QueueSelection) async throws -> Timestamp? { try await look(\.nextDue) }

    /// The jobs with these ids.
    public func records(_ ids: [JobID]) async throws -> [JobRecord?] {
        try await look { state in ids.map { state.jobs[$0]?.record } }
    }

    /// Jobs that match a filter.
    public func list(_ filter: JobFilter) async throws -> [JobRecord] { try await look { $0.list(filter) } }

    /// What is in every queue.
    public func counts() async throws -> [QueueCounts] { try await look(\.counts) }

    // MARK: - News

    /// Registers for news.
    public func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void) {
        subscribers.withLock { $0.append(subscriber) }
    }

    private func announce(_ due: Timestamp, _ now: Timestamp) { tell(due <= now ? .ready : .due(due)) }

    private func tell(_ news: BackendNews) { for subscriber in subscribers.withLock({ $0 }) { subscriber(news) } }

    // MARK: - The file

    /// A step: on the disk first, then in the state. If it cannot be written, nothing has happened.
    private func change<Answer: Sendable>(
        _ body: @escaping @Sendable (inout FileState) throws -> Answer
    ) async throws -> Answer {
        try await perform { opened in
            guard var (log, state) = opened else { throw FileBackendError("is not open") }
            let answer = try body(&state)
            let change = state.takeChange()
            if !change.isEmpty {
                try log.append(change)
                // On the disk now, whatever becomes of making the file shorter.
                opened = (log, state)
                try log.shorten(to: state)
            }
            // Also when there was nothing to write: a lease is in the state alone.
            opened = (log, state)
            return answer
        }
    }

    private func look<Answer: Sendable>(_ body: @escaping @Sendable (FileState) -> Answer) async throws -> Answer {
        let now = clock.now
        return try await perform { opened in
            guard var (_, state) = opened else { throw FileBackendError("is not open") }
            // What is due by now reads as pending; the next claim writes it down.
            state.promote(now)
            return body(state)
        }
    }

    private func perform<Answer: Sendable>(
        _ body: @escaping @Sendable (inout (log: FileLog, state: FileState)?) throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            work.async { continuation.resume(with: Result { try self.opened.withLock { try body(&$0) } }) }
        }
    }
}
