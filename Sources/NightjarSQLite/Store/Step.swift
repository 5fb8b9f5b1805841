// What the writer is asked to do: its steps, each with an answer of its own.

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

/// A step with an answer that somebody asks for: before it is there, or after.
// Sendable: the work is touched by whoever has the writer's desk, which one at a time has.
final class Operation<Value: Sendable>: Step, @unchecked Sendable {
    private enum Answer {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case given(Result<Value, any Error>)
    }

    private let work: @Sendable (Session) throws -> Value
    private var result: Value?
    private let answer = Mutex(Answer.open)

    init(_ work: @escaping @Sendable (Session) throws -> Value) { self.work = work }

    func perform(_ session: Session) throws { result = try work(session) }

    func succeed() { give(result.map { .success($0) } ?? .failure(CancellationError())) }

    func fail(_ error: any Error) { give(.failure(error)) }

    /// Whether the answer is there.
    var isAnswered: Bool {
        answer.withLock { if case .given = $0 { true } else { false } }
    }

    /// The answer.
    var value: Value {
        get async throws {
            // Whoever has done it himself does not wait.
            if case .given(let result) = answer.withLock({ $0 }) { return try result.get() }
            return try await withCheckedThrowingContinuation { continuation in
                let given = answer.withLock { answer -> Result<Value, any Error>? in
                    if case .given(let result) = answer { return result }
                    answer = .awaited(continuation)
                    return nil
                }
                if let given { continuation.resume(with: given) }
            }
        }
    }

    private func give(_ result: Result<Value, any Error>) {
        let old = answer.withLock { answer in
            defer { answer = .given(result) }
            return answer
        }
        if case .awaited(let continuation) = old { continuation.resume(with: result) }
    }
}

/// Nothing to store, only to tell.
final class Announcement: Step {
    private let news: NewsDraft

    init(_ news: NewsDraft) { self.news = news }

    func perform(_ session: Session) { session.news.merge(news) }
    func succeed() {}
    func fail(_ error: any Error) {}
}
