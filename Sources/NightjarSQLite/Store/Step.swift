// What the writer is asked to do: its steps, each with an answer of its own.
//
// Nothing here is generic but the small value around a step that knows what the answer is: the writer's thread handles a
// hundred thousand of them a second, and looking up what a generic type looks like costs more than the rest.

import GRDB
import NightjarJobs
import Synchronization

/// Something to be done in a transaction that others may share.
// Sendable: its work and its trouble are touched by whoever has the writer's desk, which one at a time has; for whom and until
// when it is, is said before it is handed over.
final class Step: @unchecked Sendable {
    private enum Answer {
        case open
        // Resumed once: by whoever takes it out.
        case awaited(UnsafeContinuation<Void, any Error>)
        case given((any Error)?)
    }

    /// Who asks for it.
    var asker = Writer.Asker.patient
    /// Until when it waits for another process, in nanoseconds of the uptime.
    var until: UInt64 = 0
    private let work: (Session) throws -> Void
    /// Why it came to nothing, though what shares its transaction did not.
    private var trouble: (any Error)?
    private let answer = Mutex(Answer.open)

    init(_ work: @escaping @Sendable (Session) throws -> Void) { self.work = work }

    /// Nothing to store, only to tell.
    static func announcement(_ news: NewsDraft) -> Step { Step { $0.news.merge(news) } }

    /// Does it.
    func perform(_ session: Session) throws {
        trouble = nil
        try work(session)
    }

    /// It failed, and left no trace.
    func fail(alone error: any Error) { trouble = error }

    /// Says how it went: what it wrote is committed.
    func conclude() { give(trouble) }

    /// Says that nothing was stored.
    func refuse(_ error: any Error) { give(error) }

    /// Whether the answer is there.
    var isAnswered: Bool {
        answer.withLock { if case .given = $0 { true } else { false } }
    }

    /// Returns once the answer is there.
    /// - Throws: What it failed with.
    func done() async throws {
        // Whoever has done it himself does not wait.
        if case .given(let error) = answer.withLock({ $0 }) {
            if let error { throw error }
            return
        }
        try await withUnsafeThrowingContinuation { continuation in
            let given = answer.withLock { answer -> Answer in
                if case .given = answer { return answer }
                answer = .awaited(continuation)
                return .open
            }
            if case .given(let error) = given { Self.resume(continuation, error) }
        }
    }

    private func give(_ error: (any Error)?) {
        let old = answer.withLock { answer in
            defer { answer = .given(error) }
            return answer
        }
        if case .awaited(let continuation) = old { Self.resume(continuation, error) }
    }

    private static func resume(_ continuation: UnsafeContinuation<Void, any Error>, _ error: (any Error)?) {
        if let error { continuation.resume(throwing: error) } else { continuation.resume() }
    }
}

/// A step with an answer that somebody asks for: before it is there, or after.
struct Operation<Value: Sendable>: Sendable {
    let step: Step
    private let result: @Sendable () -> Value?

    init(_ work: @escaping @Sendable (Session) throws -> Value) {
        // Written by whoever does the step, and read once that is over.
        nonisolated(unsafe) var result: Value?
        step = Step { result = try work($0) }
        self.result = { result }
    }

    /// The answer.
    var value: Value {
        get async throws {
            try await step.done()
            guard let value = result() else { throw CancellationError() }
            return value
        }
    }
}
