// The memory backend's state, and every step a job takes through it. A plain value that knows no lock and no clock: each
// step is a function of the state, its arguments and the time. What operators do, and what can be seen, is beside this file.
//
//     entries   every job by id
//     lines     per queue, the jobs that are due, in the order they will be handed out
//     due       the jobs that wait for their time
//     leases    the running jobs
//     keys      which jobs hold a unique key, or did and may again: nearly always one
//     ended     completed and cancelled jobs, and dead letters, in the order they ended
//     schedules how far each has come
//
// A job that leaves a line or the due heap early (cancelled, moved) is not searched for there: its `place` number changes,
// and the item it left behind is recognised as stale when it comes up.

import HeapModule

struct MemoryStore {
    let room: MemoryRoom
    private let retention: Retention

    var entries = JobIndex()
    var lines: [String: MemoryLine] = [:]
    private var due = Heap<MemoryLine.Item>()
    var leases = JobTable<Lease>()
    private var keys: [String: [JobID]] = [:]
    private var ended = MemoryShelf()
    private var dead = MemoryShelf()
    var schedules: [String: ScheduleRecord] = [:]
    private var bin: [AnyObject] = []
    /// Entries of forgotten jobs, for newcomers to take over: a queue that keeps as many ended jobs as it may forgets one
    /// for each, and has it in the processor's cache then.
    private var spares: [MemoryEntry] = []
    /// 4096, half a megabyte: newcomers come in bursts.
    private static let mostSpares = 4096
    private var hasNewcomers = false
    private var latestLine: MemoryLine?

    /// In the clock's uptime: a wall clock that is set neither ends a lease nor prolongs it.
    struct Lease {
        let entry: MemoryEntry
        var until: Duration
        var worker: String
        var isCancelRequested = false
    }

    init(room: MemoryRoom, retention: Retention) {
        self.room = room
        self.retention = retention
    }

    var nextDue: Timestamp? {
        mutating get {
            while let item = due.min, item.isStale { _ = due.popMin() }
            return due.min.map { Timestamp(microseconds: $0.due) }
        }
    }

    /// What was let go of, to be freed where nobody has to wait for it; nothing as long as new jobs come and clear it away.
    mutating func emptyBin() -> [AnyObject] {
        defer { hasNewcomers = false }
        guard !bin.isEmpty, !hasNewcomers || bin.count > 512 else { return [] }
        defer { bin = [] }
        return bin
    }

    /// A part of it, for a new job to clear away.
    mutating func emptyBin(_ count: Int) -> [AnyObject] {
        hasNewcomers = true
        guard !bin.isEmpty else { return [] }
        let some = Array(bin.suffix(count))
        bin.removeLast(some.count)
        return some
    }

    // MARK: - In

    mutating func insert(_ jobs: [NewJob], now: Timestamp) throws -> ([Insertion], [BackendNews]) {
        let taken = try takeRoom(for: jobs, now)
        var isReady = false
        var nearest: Timestamp?
        var changed: [JobID] = []
        let answers = jobs.map { job -> Insertion in
            let answer = insert(job, now)
            if case .existing = answer { return answer }
            if case .replaced(let holder) = answer { changed.append(holder) }
            if job.dueAt <= now { isReady = true } else { nearest = min(nearest ?? job.dueAt, job.dueAt) }
            return answer
        }
        room.free(taken - answers.count { $0 == .inserted })
        var news: [BackendNews] = changed.isEmpty ? [] : [.changed(changed)]
        if isReady { news.append(.ready) }
        if let nearest { news.append(.due(nearest)) }
        return (answers, news)
    }

    /// The same for one job.
    mutating func insert(_ job: NewJob, now: Timestamp, ignoresLimit: Bool) throws -> (Insertion, BackendNews?) {
        guard job.spec.unique == nil else {
            let (answers, news) = try insert([job], now: now)
            return (answers.first ?? .inserted, news.first)
        }
        if ignoresLimit { room.takeAnyway(1) } else if !room.take(1) { throw QueueError.full(limit: room.limit) }
        return (insert(job, now), job.dueAt <= now ? .ready : .due(job.dueAt))
    }

    /// Puts jobs in that were accepted while the store was in use; they have their room.
    mutating func admit(_ jobs: [NewJob], now: Timestamp) {
        for job in jobs { _ = insert(job, now) }
    }

    /// Takes room for these jobs, for all of them if there is so much. Answers for how many.
    private func takeRoom(for jobs: [NewJob], _ now: Timestamp) throws -> Int {
        if room.take(jobs.count) { return jobs.count }
        let newcomers = newcomers(jobs, now)
        guard room.take(newcomers) else { throw QueueError.full(limit: room.limit) }
        return newcomers
    }

    private mutating func insert(_ job: NewJob, _ now: Timestamp) -> Insertion {
        if let unique = job.spec.unique {
            if let holder = holder(of: Self.key(job.spec, unique), now) {
                guard unique.onConflict == .replace, holder.state.isWaiting else { return .existing(holder.id) }
                tally(holder, -1)
                holder.replace(with: job, in: line(job.spec.queue))
                tally(holder, 1)
                place(holder, .scheduled, at: job.dueAt, now: now)
                return .replaced(holder.id)
            }
            keys[Self.key(job.spec, unique)] = [job.id]
        }
        let entry = newEntry(job)
        entries.insert(entry)
        tally(entry, 1)
        place(entry, .scheduled, at: job.dueAt, now: now)
        return .inserted
    }

    private mutating func newEntry(_ job: NewJob) -> MemoryEntry {
        let line = line(job.spec.queue)
        guard let spare = spares.popLast() else { return MemoryEntry(job, in: line) }
        spare.become(job, in: line)
        return spare
    }

    /// How many of these jobs would be new: those whose key is held are not.
    private func newcomers(_ jobs: [NewJob], _ now: Timestamp) -> Int {
        jobs.count { job in job.spec.unique.flatMap { holder(of: Self.key(job.spec, $0), now) } == nil }
    }

    /// The job that holds a unique key now.
    private func holder(of key: String, _ now: Timestamp) -> MemoryEntry? {
        keys[key]?.lazy.compactMap { entries[$0] }.first { holder in
            guard let own = holder.spec.unique else { return false }
            return own.states.contains(holder.state) || own.period.map { now < holder.createdAt + $0 } ?? false
        }
    }

    /// A job that comes into a state in which it holds its key is known for it again: another may have had it meanwhile.
    private mutating func noteKey(of entry: MemoryEntry) {
        guard let unique = entry.spec.unique, unique.states.contains(entry.state) else { return }
        let key = Self.key(entry.spec, unique)
        if keys[key]?.contains(entry.id) != true { keys[key, default: []].append(entry.id) }
    }

    private static func key(_ spec: JobSpec, _ unique: UniquePolicy) -> String { "\(spec.name)\u{0}\(unique.key)" }

    // MARK: - Out

    /// Claims jobs until there are as many as the request allows. Answers with those that turned out to have expired.
    mutating func claim(
        _ request: ClaimRequest, now: Timestamp, uptime: Duration, into jobs: inout [ClaimedJob]
    ) -> [JobID] {
        promote(now)
        var expired: [JobID] = []
        var passedOver: [MemoryEntry] = []
        var started = 0
        defer { room.free(started + expired.count) }
        let named = request.queues.named.compactMap { lines[$0] }
        while jobs.count < request.limit, let entry = popNext(named, request.queues) {
            if let expiry = entry.expiresAt, expiry <= now {
                end(entry, .cancelled, now: now, failure: Self.expired(entry, now))
                expired.append(entry.id)
            } else if entry.dueAt > now, entry.dueAt > entry.createdAt {
                // It joined the line while the clock was ahead. What had no delay was due in any case.
                place(entry, entry.attempt > 0 ? .retrying : .scheduled, at: entry.dueAt, now: now)
            } else if request.excluding.contains(entry.spec) {
                passedOver.append(entry)
            } else {
                jobs.append(start(entry, request, now, uptime))
                started += 1
            }
        }
        for entry in passedOver { entry.line.add(entry) }
        return expired
    }

    private mutating func popNext(_ named: [MemoryLine], _ queues: QueueSelection) -> MemoryEntry? {
        for line in named where !line.isPaused {
            if let entry = line.pop() { return entry }
        }
        guard queues.includesOthers else { return nil }
        let best = lines.values
            .filter { !$0.isPaused && queues.isOther($0.name) }
            .compactMap { line in line.first.map { (item: $0, line: line) } }
            .min { $0.item < $1.item }
        return best?.line.pop()
    }

    private mutating func start(
        _ entry: MemoryEntry, _ request: ClaimRequest, _ now: Timestamp, _ uptime: Duration
    ) -> ClaimedJob {
        change(entry, to: .running)
        entry.attempt += 1
        entry.lease += 1
        entry.startedAt = now
        entry.forgetProgress()
        leases[entry.id] = Lease(entry: entry, until: uptime + request.lease, worker: request.worker)
        return ClaimedJob(
            id: entry.id, spec: entry.spec, payload: entry.work?.payload ?? .encoded(JSON.null),
            context: entry.work?.context ?? .none, attempt: Int(entry.attempt), crashes: Int(entry.crashes),
            lease: entry.lease, createdAt: entry.createdAt, dueAt: entry.dueAt, claimedAt: now)
    }

    // MARK: - After an attempt

    mutating func settle(_ settlements: ArraySlice<Settlement>, now: Timestamp) -> ([Bool], [BackendNews]) {
        var changed: [JobID] = []
        changed.reserveCapacity(settlements.count)
        var isReady = false
        var nearest: Timestamp?
        let answers = settlements.map { settlement -> Bool in
            guard let lease = takeLease(settlement.id, settlement.lease) else { return false }
            let entry = lease.entry
            changed.append(entry.id)
            switch lease.isCancelRequested ? settlement.disposition.calledOff : settlement.disposition {
            case .completed(let output):
                entry.keep(output)
                end(entry, .completed, now: now)
            case .failed(let failure): end(entry, .failed, now: now, failure: failure)
            case .cancelled(let failure): end(entry, .cancelled, now: now, failure: failure)
            case .pending:
                entry.attempt -= 1
                wait(entry, .pending, at: min(entry.dueAt, now), now: now)
                isReady = true
            case .scheduled(let moment):
                entry.attempt -= 1
                wait(entry, .scheduled, at: moment, now: now)
                nearest = min(nearest ?? moment, moment)
            case .retrying(let moment, let failure):
                entry.note(failure, worker: lease.worker)
                wait(entry, .retrying, at: moment, now: now)
                nearest = min(nearest ?? moment, moment)
            }
            return true
        }
        var news: [BackendNews] = [.changed(changed)]
        if isReady { news.append(.ready) }
        if let nearest { news.append(nearest <= now ? .ready : .due(nearest)) }
        return (answers, news)
    }

    mutating func renew(_ renewals: [Renewal], uptime: Duration) -> [LeaseState] {
        renewals.map { renewal in
            guard var lease = takeLease(renewal.id, renewal.lease) else { return .lost }
            lease.until = uptime + renewal.duration
            leases[renewal.id] = lease
            if let progress = renewal.progress { lease.entry.report(progress) }
            return lease.isCancelRequested ? .cancelRequested : .held
        }
    }

    mutating func rescue(now: Timestamp, uptime: Duration) -> [JobRecord] {
        let lost = leases.all.filter { $0.value.until <= uptime }
        return lost.sorted { $0.id < $1.id }.compactMap { id, lease in
            leases.removeValue(forKey: id)
            guard let entry = entries[id] else { return nil }
            entry.attempt -= 1
            entry.crashes += 1
            let failure = JobFailure(
                type: "WorkerDied", message: "worker died", attempt: Int(entry.attempt) + 1, at: now,
                worker: lease.worker)
            if lease.isCancelRequested {
                end(entry, .cancelled, now: now, failure: failure)
            } else if entry.crashes > JobRecord.survivableCrashes {
                end(entry, .failed, now: now, failure: failure)
            } else {
                entry.note(failure, worker: lease.worker)
                wait(entry, .pending, at: min(entry.dueAt, now), now: now)
            }
            return entry.record(worker: lease.worker)
        }
    }

    /// Takes a lease out that is current. Looked for among the leases, which are few and at hand, not among all jobs.
    private mutating func takeLease(_ id: JobID, _ number: Int64) -> Lease? {
        guard let lease = leases.removeValue(forKey: id) else { return nil }
        if lease.entry.state == .running, lease.entry.lease == number { return lease }
        leases[id] = lease
        return nil
    }

    // MARK: - Steps

    /// Makes a job that was running or had ended wait again.
    mutating func wait(_ entry: MemoryEntry, _ state: JobState, at moment: Timestamp, now: Timestamp) {
        room.takeAnyway(1)
        place(entry, state, at: moment, now: now)
    }

    /// Puts a waiting job where it belongs: in its line if it is due, else in the heap of those that wait for their time.
    mutating func place(_ entry: MemoryEntry, _ state: JobState, at moment: Timestamp, now: Timestamp) {
        entry.place &+= 1
        entry.dueAt = moment
        if moment <= now {
            change(entry, to: .pending)
            entry.line.add(entry)
        } else {
            change(entry, to: state == .pending ? .scheduled : state)
            due.insert(MemoryLine.Item(entry, byTimeOnly: true))
        }
    }

    /// Moves the jobs whose time has come into their lines.
    mutating func promote(_ now: Timestamp) {
        while let item = due.min, item.due <= now.microseconds {
            _ = due.popMin()
            guard !item.isStale else { continue }
            item.entry.place &+= 1
            change(item.entry, to: .pending)
            item.entry.line.add(item.entry)
        }
    }

    mutating func end(_ entry: MemoryEntry, _ state: JobState, now: Timestamp, failure: JobFailure? = nil) {
        entry.place &+= 1
        if let failure { entry.note(failure, worker: failure.worker) }
        change(entry, to: state)
        entry.finishedAt = now
        if state == .completed, let work = entry.forgetWork() { bin.append(work) }
        withShelf(state) { $0.add(entry) }
        trim(state, to: retention.limit, since: nil)
    }

    /// Does something with the shelf of jobs that ended in a state.
    mutating func withShelf<Answer>(_ state: JobState, _ body: (inout MemoryShelf) -> Answer) -> Answer {
        state == .failed ? body(&dead) : body(&ended)
    }

    mutating func trim(_ state: JobState, to limit: Int, since moment: Timestamp?) {
        while let entry = withShelf(state, { $0.oldest(ifMoreThan: limit, orBefore: moment) }) { forget(entry) }
    }

    mutating func forget(_ entry: MemoryEntry) {
        guard entries.remove(entry.id) else { return }
        entry.place &+= 1
        if entry.state.isWaiting { room.free(1) }
        if entry.state.isTerminal { withShelf(entry.state) { $0.lose() } }
        tally(entry, -1)
        if let unique = entry.spec.unique {
            let key = Self.key(entry.spec, unique)
            keys[key]?.removeAll { $0 == entry.id }
            if keys[key]?.isEmpty == true { keys[key] = nil }
        }
        if spares.count < Self.mostSpares { spares.append(entry) } else { bin.append(entry) }
    }

    private mutating func change(_ entry: MemoryEntry, to state: JobState) {
        guard entry.state != state else { return }
        entry.line.count(entry.state, -1)
        entry.state = state
        entry.line.count(state, 1)
        noteKey(of: entry)
    }

    private func tally(_ entry: MemoryEntry, _ change: Int) { entry.line.count(entry.state, change) }

    mutating func line(_ queue: String) -> MemoryLine {
        // Mostly the one of last time, which is quicker to see than to look up.
        if let latestLine, latestLine.name == queue { return latestLine }
        let line = lines[queue] ?? MemoryLine(queue)
        lines[queue] = line
        latestLine = line
        return line
    }

    private static func expired(_ entry: MemoryEntry, _ now: Timestamp) -> JobFailure {
        JobFailure(
            type: "Expired", message: "was not started before it expired", attempt: Int(entry.attempt), at: now)
    }
}
