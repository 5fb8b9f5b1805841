// What the writer is asked to do: its steps, each with an answer of its own.

import GRDB
import NightjarJobs

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
// Sendable: the answer is touched by whoever has the writer's desk, which one at a time has.
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
