// A door that a test keeps shut while jobs stand before it, in a task or on a blocked thread.

import Dispatch
import Synchronization

/// Holds jobs up until a test opens it, and tells the test how many have arrived.
public final class Gate: Sendable {
    private enum Visitor {
        case task(CheckedContinuation<Void, any Error>)
        case thread(DispatchSemaphore)
    }

    private struct State {
        var isOpen = false
        var lastID = 0
        var visitors: [Int: Visitor] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())
    private let arrivals = Recorder<Int>()

    /// A gate, shut.
    public init() {}

    /// Lets everybody pass, now and later.
    public func open() {
        let visitors = state.withLock { state in
            state.isOpen = true
            defer { state.visitors = [:] }
            return state.visitors.values.map { $0 }
        }
        for visitor in visitors {
            switch visitor {
            case .task(let continuation): continuation.resume()
            case .thread(let semaphore): semaphore.signal()
            }
        }
    }

    /// How many have arrived so far, whether or not they have passed.
    public var arrived: Int { arrivals.values.count }

    /// Waits until so many have arrived.
    public func untilArrived(_ count: Int) async { await arrivals.untilCount(count) }

    /// Waits for the gate to open, as a well-behaved job does.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func pass() async throws {
        let id = newID()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (isOpen, isCancelled) = state.withLock { state in
                    let isCancelled = state.cancelled.remove(id) != nil
                    if !state.isOpen, !isCancelled { state.visitors[id] = .task(continuation) }
                    return (state.isOpen, isCancelled)
                }
                if isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if isOpen {
                    continuation.resume()
                }
                arrivals.record(id)
            }
        } onCancel: {
            let visitor = state.withLock { state in
                let visitor = state.visitors.removeValue(forKey: id)
                if visitor == nil { state.cancelled.insert(id) }
                return visitor
            }
            if case .task(let continuation) = visitor { continuation.resume(throwing: CancellationError()) }
        }
    }

    /// Waits for the gate to open and does not listen to cancellation, as a badly written job does.
    public func passStubbornly() async {
        await Task { try? await self.pass() }.value
    }

    /// Blocks the thread until the gate opens, as a job that calls a slow C library does.
    public func block() {
        let id = newID()
        let semaphore = DispatchSemaphore(value: 0)
        let isOpen = state.withLock { state in
            if !state.isOpen { state.visitors[id] = .thread(semaphore) }
            return state.isOpen
        }
        arrivals.record(id)
        if !isOpen { semaphore.wait() }
    }

    private func newID() -> Int {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }
}
