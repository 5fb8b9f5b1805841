import Synchronization

/// Collects what happens on many threads, in order, and lets a test wait for it.
public final class Recorder<Element: Sendable>: Sendable {
    private struct Waiter {
        var id: Int
        var isSatisfied: @Sendable ([Element]) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var values: [Element] = []
        var waiters: [Waiter] = []
        var lastID = 0
    }

    private let state = Mutex(State())

    /// A recorder with nothing in it.
    public init() {}

    /// What was recorded so far.
    public var values: [Element] { state.withLock { $0.values } }

    /// Adds to the end.
    public func record(_ element: Element) {
        let satisfied = state.withLock { state in
            state.values.append(element)
            guard !state.waiters.isEmpty else { return [Waiter]() }
            let satisfied = state.waiters.filter { $0.isSatisfied(state.values) }
            state.waiters.removeAll { $0.isSatisfied(state.values) }
            return satisfied
        }
        for waiter in satisfied { waiter.continuation.resume() }
    }

    /// Waits until so many elements are there, or the task is cancelled.
    /// - Returns: All that are there by then.
    @discardableResult
    public func untilCount(_ count: Int) async -> [Element] { await until { $0.count >= count } }

    /// Waits until what was recorded meets a condition, or the task is cancelled: a test whose time is over ends.
    /// - Returns: All that was recorded by then.
    @discardableResult
    public func until(_ isSatisfied: @escaping @Sendable ([Element]) -> Bool) async -> [Element] {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // A cancellation from now on finds the waiter; one before is seen here.
                    if isSatisfied(state.values) || Task.isCancelled { return true }
                    state.waiters.append(Waiter(id: id, isSatisfied: isSatisfied, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume()
        }
        return values
    }
}
