import Synchronization

/// Collects what happens on many threads, in order, and lets a test wait for it.
public final class Recorder<Element: Sendable>: Sendable {
    private struct Waiter {
        var isSatisfied: @Sendable ([Element]) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var values: [Element] = []
        var waiters: [Waiter] = []
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

    /// Waits until so many elements are there.
    /// - Returns: All that are there by then.
    @discardableResult
    public func untilCount(_ count: Int) async -> [Element] { await until { $0.count >= count } }

    /// Waits until what was recorded meets a condition.
    /// - Returns: All that was recorded by then.
    @discardableResult
    public func until(_ isSatisfied: @escaping @Sendable ([Element]) -> Bool) async -> [Element] {
        await withCheckedContinuation { continuation in
            let isTrue = state.withLock { state in
                if isSatisfied(state.values) { return true }
                state.waiters.append(Waiter(isSatisfied: isSatisfied, continuation: continuation))
                return false
            }
            if isTrue { continuation.resume() }
        }
        return values
    }
}
