// The one thread that writes. Whatever has been asked for by the time it is free goes into one transaction:
//
//     insert ─┐                     ┌─ begin ─ step ─ step ─ step ─ commit ─┐
//     claim  ─┼─► inbox ──drain──►  │    each with its own answer or error  │ ──► answers ──► news
//     settle ─┘                     └───────────────────────────────────────┘
//
// Nobody waits on purpose: a lone caller's step is a transaction of its own, and under load the next transaction is as
// large as what arrived during the last one. An answer is given after the commit, never before.
//
// A step that fails has failed alone. If it wrote nothing, the others go on around it. If it had written something, or the
// commit itself fails, the whole transaction is undone and each step gets one of its own, so that only the culprit fails.
//
// Steps run on this thread and not in the caller's task: a cancelled request does not take its job, or its neighbours'
// jobs, back with it. The thread has normal priority whoever asks, so that a job at background priority cannot hold up
// a page by holding the writer.

import Dispatch
import GRDB
import NightjarJobs
import Synchronization

/// Something to be done in a transaction that others may share.
protocol Step: AnyObject, Sendable {
    /// Does it and keeps the answer.
    func perform(_ session: Session) throws
    /// Hands the answer over; it is committed.
    func succeed()
    /// Hands an error over; nothing was stored.
    func fail(_ error: any Error)
}

/// A step with an answer somebody waits for.
// Sendable: the answer is touched by the writer's thread only.
final class Operation<Value: Sendable>: Step, @unchecked Sendable {
    private let work: @Sendable (Session) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private var value: Value?

    init(_ continuation: CheckedContinuation<Value, any Error>, _ work: @escaping @Sendable (Session) throws -> Value) {
        self.continuation = continuation
        self.work = work
    }

    func perform(_ session: Session) throws { value = try work(session) }

    func succeed() {
        guard let value else { return continuation.resume(throwing: CancellationError()) }
        continuation.resume(returning: value)
    }

    func fail(_ error: any Error) { continuation.resume(throwing: error) }
}

/// Nothing to store, only to tell.
final class Announcement: Step {
    private let news: NewsDraft

    init(_ news: NewsDraft) { self.news = news }

    func perform(_ session: Session) { session.news.merge(news) }
    func succeed() {}
    func fail(_ error: any Error) {}
}

final class Writer: Sendable {
    private let path: String
    private let clock: JobClock
    private let inbox = Inbox<any Step>()
    private let bell = DispatchSemaphore(value: 0)
    private let isRung = Atomic<Bool>(false)
    private let isClosing = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)
    private let end = Signal()
    private let tell: @Sendable ([BackendNews]) -> Void

    /// - Parameter tell: Called on the writer's thread with what a transaction had to tell, once it is committed.
    init(path: String, clock: JobClock, tell: @escaping @Sendable ([BackendNews]) -> Void) {
        self.path = path
        self.clock = clock
        self.tell = tell
    }

    /// Does something in the next transaction.
    /// - Throws: What it throws; ``SQLiteError`` if it could not be committed.
    func write<Value: Sendable>(_ work: @escaping @Sendable (Session) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { put(Operation($0, work)) }
    }

    func put(_ step: any Step) {
        inbox.push(step)
        ring()
        if hasEnded.load(ordering: .sequentiallyConsistent) { refuseRest() }
    }

    /// Lets the thread finish what was asked for, and end.
    func close() {
        isClosing.store(true, ordering: .sequentiallyConsistent)
        ring()
    }

    /// Returns once the thread has ended.
    func ended() async { await end.wait() }

    private func ring() {
        guard !isRung.exchange(true, ordering: .sequentiallyConsistent) else { return }
        bell.signal()
    }

    // MARK: - The thread

    /// Serves until closed. Runs on the thread that calls it.
    func serve(_ pool: DatabasePool, catalog: Catalog, limit: Int?) {
        pool.writeWithoutTransaction { db in
            let session = Session(db, catalog: catalog, limit: limit)
            session.look(at: clock)
            while true {
                bell.wait()
                isRung.store(false, ordering: .sequentiallyConsistent)
                let steps = inbox.drain()
                if !steps.isEmpty { commit(steps, session) }
                if isClosing.load(ordering: .sequentiallyConsistent), inbox.isEmpty { return }
            }
        }
        hasEnded.store(true, ordering: .sequentiallyConsistent)
        refuseRest()
        end.raise()
    }

    /// Fails what came too late.
    private func refuseRest() { for step in inbox.drain() { step.fail(SQLiteError.closed(path: path)) } }

    private func commit(_ steps: [any Step], _ session: Session) {
        do {
            let (done, failed) = try transaction(steps, session)
            for step in done { step.succeed() }
            for (step, error) in failed { step.fail(error) }
            tell(session.news.news)
        } catch {
            guard steps.count > 1, !(error is BeginFailure) else {
                let error = sentence((error as? BeginFailure)?.reason ?? error, path)
                for step in steps { step.fail(error) }
                return
            }
            for step in steps { commit([step], session) }
        }
    }

    /// Runs steps in one transaction. Answers those that succeeded and those that failed without a trace.
    /// - Throws: When nothing of it was stored.
    private func transaction(
        _ steps: [any Step], _ session: Session
    ) throws -> (done: [any Step], failed: [(any Step, any Error)]) {
        session.news = NewsDraft()
        do { try session.statement(.begin).run() } catch { throw BeginFailure(reason: error) }
        session.look(at: clock)
        do {
            var done: [any Step] = []
            var failed: [(any Step, any Error)] = []
            done.reserveCapacity(steps.count)
            for step in steps {
                let before = session.changeCount
                do {
                    try step.perform(session)
                    done.append(step)
                } catch {
                    guard session.db.isInsideTransaction, session.changeCount == before else { throw error }
                    failed.append((step, sentence(error, path)))
                }
            }
            try session.statement(.commit).run()
            return (done, failed)
        } catch {
            session.forget()
            if session.db.isInsideTransaction { try? session.statement(.rollback).run() }
            throw error
        }
    }

    /// A transaction that could not even begin: trying its steps one by one would not help.
    private struct BeginFailure: Error {
        let reason: any Error
    }
}
