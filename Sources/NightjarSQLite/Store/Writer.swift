// The one connection that writes, and who uses it.
//
// A lone caller writes itself: it finds the connection free, commits its step where it stands, and has its answer without
// waking anybody. Under load the writer's thread does it, and whatever has been asked for by the time it is free goes into
// one transaction:
//
//     insert ─┐            free, and alone? ──► the caller commits its step
//     claim  ─┼─► inbox ──►
//     settle ─┘            else ──► thread: begin ─ step ─ step ─ step ─ commit ──► answers ──► news
//
// Nobody waits on purpose: what is asked for while a transaction is under way joins it, until none is left, some are together
// or two milliseconds have passed. An answer is given after the commit, never before.
//
// A caller's thread is often one of Swift's few, so it does only what is over in no time. It leaves to the writer's thread:
// steps of many jobs, checkpoints and the first commit after one (they wait for the disk), and waiting for another process
// that keeps the database. And a job's thread, which runs at background priority, leaves everything: what it holds while it
// stands still, a page would wait for.
//
// Where answers wait for the disk, a thread of its own does: see LogSync.
//
// A worker has one thread for all it asks for. A step of its lets what else is to be done there go first, so that the
// endings it has heard of and the claim that follows them share a transaction, and no thread is woken for it.
//
// Other processes write, too. A caller's thread gives one that does a moment to finish, since that is over as soon as a
// commit of its own; then it leaves its step to the writer's thread. A worker steps back for others that write all the time,
// see Neighbours.
//
// A step that fails has failed alone. If it wrote nothing, the others go on around it. If it had written something, or the
// commit itself fails, the whole transaction is undone and each step gets one of its own, so that only the culprit fails.
//
// While another process holds the database, steps wait, each as long as the options say and counted from when it was asked
// for. The thread tries again every second, so that one which waits does not keep those that came later beyond their time,
// nor a shutdown: once the writer is closing, nothing waits for longer than a second more.
//
// Steps are not part of the caller's task: a cancelled request does not take its job, or its neighbours' jobs, back with it.

import CNightjar
import Dispatch
import GRDB
import GRDBSQLite
import NightjarJobs
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

final class Writer: Sendable {
    /// How many jobs a step may be about that a caller's thread does itself: a hundred take a millisecond.
    static let most = 100

    private let path: String
    private let clock: JobClock
    private let patience: UInt64
    private let inbox = Inbox<Step>()
    private let bell = DispatchSemaphore(value: 0)
    private let isRung = Atomic<Bool>(false)
    private let isClosing = Atomic<Bool>(false)
    /// Until when anybody waits for another process once it is closing.
    private let lastWait = Atomic<UInt64>(.max)
    private let hasEnded = Atomic<Bool>(false)
    private let end = Signal()
    private let tell: @Sendable ([BackendNews]) -> Void
    private let sync: LogSync?
    /// Whether somebody uses the desk.
    private let isTaken = Atomic<Bool>(false)
    /// Whether steps have been arriving together lately: then the thread takes them, since together they are cheaper.
    private let isCrowded = Atomic<Bool>(false)
    private let desk: Desk
    /// For how long a transaction takes in what arrives while it is under way: 2 ms, so that nobody's answer is late.
    private static let admission: UInt64 = 2_000_000
    /// How many steps a transaction has that takes nobody in any more: 32, by when it is hardly cheaper for each with more, and
    /// those whose answers it holds back could be asking for the next thing.
    private static let party = 32
    /// For how long a caller's thread waits for another process: 300 µs, as long as a worker's transaction takes.
    private static let glance: UInt64 = 300_000
    /// For how long the thread waits for another process before it looks up: a second.
    private static let look: UInt64 = 1_000_000_000

    /// What is used by one at a time: by whoever turned `isTaken` on.
    // Sendable: nobody else touches it, and turning `isTaken` off hands it over.
    private final class Desk: @unchecked Sendable {
        let pool: DatabasePool
        private var session: Session?
        /// Taken out of the inbox by somebody who left them to the thread.
        var kept: [Step] = []
        /// How many pages wait to be moved from the log into the file.
        let log: LogSize
        /// Who else writes.
        var neighbours: Neighbours

        init(_ pool: DatabasePool, catalog: Catalog, limit: Int?, clock: JobClock) {
            self.pool = pool
            (session, log, neighbours) = pool.writeWithoutTransaction { db in
                let session = Session(db, catalog: catalog, limit: limit)
                session.look(at: clock)
                return (session, LogSize(of: db), Neighbours(mark: db.changeMark))
            }
        }

        /// Does something with the connection.
        func use(_ body: (Session) -> Void) {
            pool.writeWithoutTransaction { _ in if let session { body(session) } }
        }

        /// Lets go of the connection, which cannot be closed while statements of it are about.
        func close() {
            pool.writeWithoutTransaction { _ in
                session = nil
                log.stop()
            }
        }
    }

    /// - Parameters:
    ///   - patience: How long a step waits for another process that holds the database.
    ///   - sync: What answers wait for where they wait for the disk.
    ///   - tell: Called with what a transaction had to tell, once it is committed, by whoever committed it.
    init(
        _ pool: DatabasePool, path: String, clock: JobClock, catalog: Catalog, limit: Int?,
        patience: Duration = SQLiteOptions().busyTimeout, sync: LogSync? = nil,
        tell: @escaping @Sendable ([BackendNews]) -> Void
    ) {
        self.path = path
        self.clock = clock
        self.sync = sync
        self.patience = UInt64(clamping: patience.microseconds).multipliedReportingOverflow(by: 1000).partialValue
        self.tell = tell
        self.desk = Desk(pool, catalog: catalog, limit: limit, clock: clock)
    }

    /// Who asks, and for how many jobs.
    enum Asker: Sendable {
        case page(Int)
        case worker(Int)
        /// A worker that wants jobs, and need not wait for the disk, see LogSync.
        case claim(Int)
        /// Whoever asks for something that takes its time.
        case patient

        /// Whether it is over in no time.
        var isQuick: Bool {
            switch self {
            case .page(let count), .worker(let count), .claim(let count): count <= Writer.most
            case .patient: false
            }
        }

        var isPage: Bool { if case .page = self { true } else { false } }
        var isWorker: Bool {
            switch self {
            case .worker, .claim: true
            case .page, .patient: false
            }
        }
        var waitsForDisk: Bool { if case .claim = self { false } else { true } }
    }

    /// Does something in the next transaction.
    /// - Throws: What it throws; ``SQLiteError`` if it could not be committed.
    func write<Value: Sendable>(
        for asker: Asker = .patient, _ work: @escaping @Sendable (Session) throws -> Value
    ) async throws -> Value {
        let operation = Operation(work)
        if asker.isWorker, isForCaller(asker) {
            await gather(operation.step, for: asker)
        } else {
            put(operation.step, for: asker)
        }
        return try await operation.value
    }

    func put(_ step: Step, for asker: Asker = .patient) {
        push(step, for: asker)
        serve(for: asker)
    }

    /// The same for a worker, which has one thread for all it asks for: what else is to be done there comes first, so that
    /// the endings it has heard of and the claim that follows them share a transaction.
    private func gather(_ step: Step, for asker: Asker) async {
        push(step, for: asker)
        await Task.yield()
        if !step.isAnswered { serve(for: asker) }
    }

    private func push(_ step: Step, for asker: Asker) {
        step.asker = asker
        step.until = DispatchTime.now().uptimeNanoseconds &+ patience
        inbox.push(step)
    }

    /// Does what has been asked for, or leaves it to the thread.
    private func serve(for asker: Asker) {
        if isForCaller(asker), take() {
            serveHere()
            leave()
        } else {
            ring()
        }
        if hasEnded.load(ordering: .sequentiallyConsistent) { refuseRest() }
    }

    /// Lets the thread finish what was asked for, and end.
    func close() {
        lastWait.store(DispatchTime.now().uptimeNanoseconds &+ Self.look, ordering: .sequentiallyConsistent)
        isClosing.store(true, ordering: .sequentiallyConsistent)
        ring()
    }

    /// Returns once the thread has ended.
    func ended() async { await end.wait() }

    private func ring() {
        guard !isRung.exchange(true, ordering: .sequentiallyConsistent) else { return }
        bell.signal()
    }

    private func take() -> Bool { !isTaken.exchange(true, ordering: .sequentiallyConsistent) }

    /// Whoever came meanwhile has found the desk taken: the thread sees to them.
    private func leave() {
        let isWaited = !desk.kept.isEmpty || desk.log.isLong
        isTaken.store(false, ordering: .sequentiallyConsistent)
        if isWaited || !inbox.isEmpty || isClosing.load(ordering: .sequentiallyConsistent) { ring() }
    }

    // MARK: - On the caller's thread

    private func isForCaller(_ asker: Asker) -> Bool {
        asker.isQuick && !isCrowded.load(ordering: .relaxed) && nightjar_thread_is_background() == 0
    }

    /// Commits the caller's step, if no other caller has come and the database is free, or as good as free.
    private func serveHere() {
        let steps = desk.kept + inbox.drain()
        desk.kept = steps
        guard !isCrowd(steps) else { return isCrowded.store(true, ordering: .relaxed) }
        // The thread may have been faster with this caller's, and what is here be another's that takes its time.
        // A log that is to be shortened waits for the thread, which callers in quick succession could keep from the desk.
        guard !steps.isEmpty, steps.allSatisfy(\.asker.isQuick), !desk.log.isFresh, !desk.log.isLong,
            sync?.isBroken != true
        else { return }
        guard turn(of: steps) == nil else { return }
        withoutFileSignals {
            desk.use { session in desk.kept = commit(steps, session, waits: false) }
        }
    }

    /// Whether several pages ask at once; a worker's steps come together anyway.
    private func isCrowd(_ steps: [Step]) -> Bool { steps.count(where: \.asker.isPage) > 1 }

    // MARK: - On the writer's thread

    /// Serves until closed. Runs on the thread that calls it.
    func serve() {
        while true {
            bell.wait()
            isRung.store(false, ordering: .sequentiallyConsistent)
            // Whoever has it rings when done.
            guard take() else { continue }
            waitForTurn()
            let steps = desk.kept + inbox.drain()
            desk.kept = []
            desk.use { session in
                if !steps.isEmpty { desk.kept = commit(steps, session, waits: true) }
                if desk.log.isLong { desk.log.shorten() }
            }
            if isClosing.load(ordering: .sequentiallyConsistent), inbox.isEmpty, desk.kept.isEmpty { break }
            leave()
        }
        sync?.finish()
        desk.close()
        hasEnded.store(true, ordering: .sequentiallyConsistent)
        refuseRest()
        end.raise()
    }

    /// When it is these steps' turn, if they are a worker's and others write to the database all the time; `nil` if now.
    private func turn(of steps: [Step]) -> UInt64? {
        guard !steps.isEmpty, steps.allSatisfy(\.asker.isWorker) else { return nil }
        return desk.neighbours.turn(at: DispatchTime.now().uptimeNanoseconds, disk: sync?.lastFlush ?? 0)
    }

    /// Waits for a worker's turn, or until somebody else asks.
    private func waitForTurn() {
        desk.kept += inbox.drain()
        while !isClosing.load(ordering: .sequentiallyConsistent), let turn = turn(of: desk.kept) {
            _ = bell.wait(timeout: DispatchTime(uptimeNanoseconds: turn))
            isRung.store(false, ordering: .sequentiallyConsistent)
            desk.kept += inbox.drain()
        }
    }

    /// Fails what came too late.
    private func refuseRest() { refuse(inbox.drain()[...], SQLiteError.closed(path: path)) }

    /// Commits steps and gives the answers.
    /// - Parameter waits: Whether to wait for another process that holds the database for longer than a moment.
    /// - Returns: Those that are still to be done, because one does.
    private func commit(_ steps: [Step], _ session: Session, waits: Bool) -> [Step] {
        let now = DispatchTime.now().uptimeNanoseconds
        let limit = waits ? min(nextEnd(of: steps), now &+ Self.look) : now &+ Self.glance
        nightjar_thread_waits_until(limit)
        defer { nightjar_thread_waits_until(0) }
        var steps = steps
        do {
            try mend()
            try share(&steps, session, isOpen: waits)
        } catch let failure as BeginFailure {
            guard waits else { return steps }
            guard failure.isLock else {
                refuse(steps[...], failure.reason)
                return []
            }
            return dismissLate(steps, failure)
        } catch {
            if steps.count == 1 { refuse(steps[...], error) } else { commitOneByOne(steps, session) }
        }
        return []
    }

    /// After the disk refused, nothing more goes into the log before it is empty.
    private func mend() throws {
        guard let sync, sync.isBroken else { return }
        guard desk.log.clear() else { throw BeginFailure(reason: SQLiteError.notOnDisk(path: path)) }
        sync.mend()
    }

    private func nextEnd(of steps: [Step]) -> UInt64 {
        min(steps.reduce(.max) { min($0, $1.until) }, lastWait.load(ordering: .sequentiallyConsistent))
    }

    /// Refuses those that have waited long enough. Answers the others.
    private func dismissLate(_ steps: [Step], _ failure: BeginFailure) -> [Step] {
        // SQLite refuses some at once, without asking how long to wait: those must not be tried again without a rest.
        usleep(1000)
        let now = DispatchTime.now().uptimeNanoseconds
        if now >= lastWait.load(ordering: .sequentiallyConsistent) {
            refuse(steps[...], failure.reason)
            return []
        }
        refuse(steps.filter { $0.until <= now }[...], failure.reason)
        return steps.filter { $0.until > now }
    }

    private func commitOneByOne(_ steps: [Step], _ session: Session) {
        for index in steps.indices {
            var step = [steps[index]]
            do { try share(&step, session, isOpen: false) } catch let failure as BeginFailure {
                // Another process has the database by now. It was waited for, and not again for each step.
                return refuse(steps[index...], failure.reason)
            } catch { refuse(steps[index...index], error) }
        }
    }

    /// Commits steps together, gives the answers and tells the news.
    /// - Parameter isOpen: Whether what arrives meanwhile joins them; it is added to `steps`.
    /// - Throws: When nothing of it was stored, and nobody has an answer.
    private func share(_ steps: inout [Step], _ session: Session, isOpen: Bool) throws {
        try transaction(&steps, session, isOpen: isOpen)
        if isOpen { isCrowded.store(isCrowd(steps), ordering: .relaxed) }
        let waiting = sync == nil ? [] : steps.filter(\.asker.waitsForDisk)
        if let sync, !waiting.isEmpty { sync.add(waiting, session.news.news) }
        for step in steps where sync == nil || !step.asker.waitsForDisk { step.conclude() }
        if waiting.isEmpty { tell(session.news.news) }
    }

    private func refuse(_ steps: ArraySlice<Step>, _ error: any Error) {
        let error = sentence(error, path)
        for step in steps { step.refuse(error) }
    }

    /// Runs steps in one transaction. Those that fail without a trace keep their trouble to themselves.
    /// - Throws: When nothing of it was stored.
    private func transaction(_ steps: inout [Step], _ session: Session, isOpen: Bool) throws {
        session.news = NewsDraft()
        session.transactions += 1
        do { try session.statement(.begin).run() } catch { throw BeginFailure(reason: error) }
        desk.neighbours.began(at: DispatchTime.now().uptimeNanoseconds, mark: session.db.changeMark)
        defer { desk.neighbours.ended(at: DispatchTime.now().uptimeNanoseconds, mark: session.db.changeMark) }
        let close = DispatchTime.now().uptimeNanoseconds &+ (isOpen ? Self.admission : 0)
        do {
            var next = 0
            while next < steps.count {
                session.look(at: clock)
                while next < steps.count {
                    let step = steps[next]
                    next += 1
                    let before = session.changeCount
                    do { try step.perform(session) } catch {
                        guard session.db.isInsideTransaction, session.changeCount == before else { throw error }
                        step.fail(alone: sentence(error, path))
                    }
                }
                if isOpen, steps.count < Self.party, DispatchTime.now().uptimeNanoseconds < close {
                    steps += inbox.drain()
                }
            }
            try session.statement(.commit).run()
        } catch {
            session.forget()
            if session.db.isInsideTransaction { try? session.statement(.rollback).run() }
            throw error
        }
    }

    /// A transaction that could not even begin: trying its steps one by one would not help.
    private struct BeginFailure: Error {
        let reason: any Error

        /// Whether another process holds the database.
        var isLock: Bool {
            guard let code = (reason as? SQLiteFailure)?.code else { return false }
            return code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED
        }
    }
}
