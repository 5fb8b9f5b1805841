// Jobs in this process. The backend of a laptop and of every closure job.
//
// Values, contexts and outputs stay what they are; nothing is encoded. One mutex guards it all, held for a few
// microseconds by everything a page or a worker does in the ordinary course (operators' lists take longer). Job threads
// do not take it to report their endings; the Settler does that for them at normal priority.
//
//     insert ──store free──► store
//            └─in use──► arrivals ──whoever uses the store next──► store
//
// A job that finds the store in use is not kept waiting: it is put down beside it, without a lock, and whoever uses the
// store next takes in first what lies there. So nobody who looks can miss it.

import Synchronization

/// Keeps jobs in memory, for as long as the process lives.
public final class MemoryBackend: JobBackend {
    /// Survives nothing; keeps values.
    public let traits = BackendTraits(name: "memory", durability: .process, keepsValues: true)
    /// The clock it was made with.
    public let clock: JobClock

    private let store: Mutex<MemoryStore>
    /// Accepted, and not yet in the store.
    private let arrivals = Inbox<NewJob>()
    private let room: MemoryRoom
    private let subscribers = Mutex<[@Sendable (BackendNews) -> Void]>([])

    /// An empty store.
    /// - Parameters:
    ///   - limit: How many jobs may wait: 100 000, about 40 MB, so that a flood is refused before memory runs out.
    ///   - retention: How long ended jobs are kept.
    ///   - clock: Whose time it is.
    public init(limit: Int = 100_000, retention: Retention = Retention(), clock: JobClock = .system) {
        self.clock = clock
        self.room = MemoryRoom(limit: limit)
        self.store = Mutex(MemoryStore(room: room, retention: retention))
    }

    /// Nothing to open.
    public func open() async throws {}

    /// Nothing to close.
    public func close() async {}

    /// Stores new jobs.
    public func insert(_ jobs: [NewJob]) async throws -> [Insertion] {
        let now = clock.now
        let (answers, news) = try use { store in try store.insert(jobs, now: now) }
        tell(news)
        return answers
    }

    /// Stores one job without a suspension: closure jobs are accepted by a plain function call.
    func insertNow(_ job: NewJob, ignoresLimit: Bool = false) throws -> Insertion {
        let now = clock.now
        let inserted = try useIfFree { store in
            let (answer, news) = try store.insert(job, now: now, ignoresLimit: ignoresLimit)
            return (answer, news, store.emptyBin(Self.litter))
        }
        if let (answer, news, _) = inserted {
            if let news { tell(news) }
            return answer
        }
        // Which unique job is the second one, and which job is the first for which there is no room, the store has to say.
        guard job.spec.unique == nil, !ignoresLimit, room.take(1) else {
            let (answer, news) = try use { store in try store.insert(job, now: now, ignoresLimit: ignoresLimit) }
            if let news { tell(news) }
            return answer
        }
        arrivals.push(job)
        tell(job.dueAt <= now ? .ready : .due(job.dueAt))
        return .inserted
    }

    /// Hands out due jobs.
    public func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] { claimNow(request) }

    /// The same without a suspension.
    func claimNow(_ request: ClaimRequest) -> [ClaimedJob] {
        let (now, uptime) = (clock.now, clock.uptime)
        var claimed: [ClaimedJob] = []
        claimed.reserveCapacity(min(request.limit, 256))
        var step = request
        while claimed.count < request.limit {
            // Jobs that are passed over would be passed over in each step again.
            step.limit = request.excluding.isEmpty ? min(claimed.count + Self.step, request.limit) : request.limit
            let expired = change { $0.claim(step, now: now, uptime: uptime, into: &claimed) }
            if !expired.isEmpty { tell(.changed(expired)) }
            if claimed.count < step.limit { break }
        }
        if !claimed.isEmpty { tell(.changed(claimed.map(\.id))) }
        return claimed
    }

    /// Writes down what became of attempts.
    public func settle(_ settlements: [Settlement]) async throws -> [Bool] {
        let now = clock.now
        var answers: [Bool] = []
        answers.reserveCapacity(settlements.count)
        var all: [BackendNews] = []
        for start in stride(from: 0, to: settlements.count, by: Self.step) {
            let some = settlements[start..<min(start + Self.step, settlements.count)]
            let (accepted, news) = change { $0.settle(some, now: now) }
            all += news
            answers += accepted
        }
        // Only now: whoever is woken by the first of them would be in the way of the rest.
        tell(all)
        return answers
    }

    /// Prolongs leases and stores progress.
    public func renew(_ renewals: [Renewal]) async throws -> [LeaseState] {
        let uptime = clock.uptime
        let answers = use { $0.renew(renewals, uptime: uptime) }
        let moved = zip(renewals, answers).filter { $0.progress != nil && $1 != .lost }.map(\.0.id)
        if !moved.isEmpty { tell([.changed(moved)]) }
        return answers
    }

    /// Takes back jobs whose lease ran out.
    public func rescue() async throws -> [JobRecord] {
        let (now, uptime) = (clock.now, clock.uptime)
        let rescued = use { $0.rescue(now: now, uptime: uptime) }
        if !rescued.isEmpty { tell([.changed(rescued.map(\.id)), .ready]) }
        return rescued
    }

    /// When the next waiting job falls due.
    public func nextDue(in queues: QueueSelection) async throws -> Timestamp? { use { $0.nextDue } }

    /// Calls jobs off.
    public func cancel(_ ids: [JobID]) async throws -> [JobID] {
        let now = clock.now
        let (waiting, running) = change { $0.cancel(ids, now: now) }
        if !waiting.isEmpty { tell([.changed(waiting)]) }
        if !running.isEmpty { tell([.cancelRequested(running)]) }
        return waiting + running
    }

    /// Gives waiting jobs another due time.
    public func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        let now = clock.now
        let moved = use { $0.reschedule(ids, at: due, now: now) }
        if !moved.isEmpty { tell([.changed(moved), due <= now ? .ready : .due(due)]) }
        return moved
    }

    /// Brings ended jobs back.
    public func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID] {
        let now = clock.now
        let moved = use { $0.requeue(ids, at: due, now: now) }
        if !moved.isEmpty { tell([.changed(moved), due <= now ? .ready : .due(due)]) }
        return moved
    }

    /// Removes jobs that are not running.
    public func delete(_ ids: [JobID]) async throws -> [JobID] {
        let removed = change { $0.delete(ids) }
        if !removed.isEmpty { tell([.changed(removed)]) }
        return removed
    }

    /// Stops or resumes a queue.
    public func setPaused(_ paused: Bool, queue: String) async throws {
        use { $0.setPaused(paused, queue: queue) }
        if !paused { tell([.ready]) }
    }

    /// Moves a schedule on.
    public func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer {
        let now = clock.now
        let (answer, news) = try use { try $0.move(schedule, now: now) }
        tell(news)
        return answer
    }

    /// How far schedules have come.
    public func schedules() async throws -> [ScheduleRecord] {
        use { $0.schedules.values.sorted { $0.name < $1.name } }
    }

    /// Stops or resumes a schedule.
    public func setPaused(_ paused: Bool, schedule: String) async throws {
        let now = clock.now
        use { $0.setPaused(paused, schedule: schedule, now: now) }
    }

    /// Removes what has been kept long enough.
    public func prune(_ retention: Retention) async throws -> Int {
        let now = clock.now
        return change { $0.prune(retention, now: now) }
    }

    /// The jobs with these ids.
    public func records(_ ids: [JobID]) async throws -> [JobRecord?] {
        let now = clock.now
        return use { $0.records(ids, now: now) }
    }

    /// The job with this id, without a suspension.
    func recordNow(_ id: JobID) -> JobRecord? {
        let now = clock.now
        return use { $0.record(id, now: now) }
    }

    /// Jobs that match a filter.
    public func list(_ filter: JobFilter) async throws -> [JobRecord] {
        let now = clock.now
        return use { $0.list(filter, now: now) }
    }

    /// What is in every queue.
    public func counts() async throws -> [QueueCounts] {
        let now = clock.now
        return use { $0.counts(now: now) }
    }

    /// Registers for news.
    public func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void) {
        subscribers.withLock { $0.append(subscriber) }
    }

    /// How much of what was let go of a new job clears away: as many objects as it needs itself, 4. They came from threads
    /// like its own, whose allocators can use them again at once; freed elsewhere, two threads would fight over them.
    private static let litter = 4

    /// How many jobs are claimed or settled under one lock: 16, a few microseconds, for which a page may have to wait.
    private static let step = 16

    /// Does something to the store. What it lets go of is freed after the lock, because that takes longer than the rest,
    /// and by new jobs as far as they come.
    private func change<Result>(_ body: (inout sending MemoryStore) -> sending Result) -> sending Result {
        let (result, _) = use { store in (body(&store), store.emptyBin()) }
        return result
    }

    /// Uses the store, in which all is that was accepted before.
    private func use<Result>(_ body: (inout sending MemoryStore) throws -> sending Result) rethrows -> sending Result {
        try store.withLock { store in
            admit(to: &store)
            return try body(&store)
        }
    }

    /// The same, or nothing if somebody else uses it.
    private func useIfFree<Result>(
        _ body: (inout sending MemoryStore) throws -> sending Result
    ) rethrows -> sending Result? {
        try store.withLockIfAvailable { store in
            admit(to: &store)
            return try body(&store)
        }
    }

    private func admit(to store: inout MemoryStore) {
        if !arrivals.isEmpty { store.admit(arrivals.drain(), now: clock.now) }
    }

    private func tell(_ news: [BackendNews]) { for item in news { tell(item) } }

    private func tell(_ news: BackendNews) { for listener in subscribers.withLock({ $0 }) { listener(news) } }
}
