// A clock that stands still until a test moves it.
//
// Whoever sleeps on it is resumed when it is set to, or past, the moment. A test that needs somebody to be asleep first
// waits for exactly that, so that no test ever waits for time to pass.

public import NightjarJobs
import Synchronization

/// A ``JobClock`` that is moved by hand.
///
/// ```swift
/// let clock = ManualClock()
/// let queue = JobQueue(backend: MemoryBackend(clock: clock.jobClock))
/// // … a job fails and will be tried again in six seconds
/// await clock.untilSomebodySleeps(until: clock.now + .seconds(6))
/// clock.advance(by: .seconds(6))
/// ```
public final class ManualClock: Sendable {
    private struct Sleeper {
        var until: Timestamp
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        var isSatisfied: @Sendable ([Timestamp]) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Timestamp
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var watchers: [Watcher] = []
        var lastID = 0
    }

    private let state: Mutex<State>

    /// A clock that shows a moment in 2030; its odd microseconds betray whoever rounds.
    public init(_ now: Timestamp = Timestamp(microseconds: 1_900_000_000_123_457)) {
        state = Mutex(State(now: now))
    }

    /// The time it shows.
    public var now: Timestamp { state.withLock { $0.now } }

    /// The clock as the engine takes it.
    public var jobClock: JobClock {
        JobClock(now: { self.now }, sleep: { try await self.sleep(until: $0) })
    }

    /// Moves the clock on.
    public func advance(by duration: Duration) { move { $0 + duration } }

    /// Sets the clock, backwards too, as people and time servers do. Sleepers whose time has come are resumed.
    public func set(to moment: Timestamp) { move { _ in moment } }

    /// The moments for which somebody is asleep, nearest first.
    public var alarms: [Timestamp] { state.withLock { Self.alarms($0) } }

    /// Waits until so many are asleep.
    public func untilAsleep(_ count: Int) async { await until { $0.count >= count } }

    /// Waits until somebody is asleep until exactly this moment.
    public func untilSomebodySleeps(until moment: Timestamp) async { await until { $0.contains(moment) } }

    // MARK: - Inside

    private func move(_ change: (Timestamp) -> Timestamp) {
        let due = state.withLock { state in
            state.now = change(state.now)
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.until < $1.until }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    private func sleep(until moment: Timestamp) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                lieDown(id, Sleeper(until: moment, continuation: continuation))
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
        _ = state.withLock { $0.cancelled.remove(id) }
    }

    private func lieDown(_ id: Int, _ sleeper: Sleeper) {
        enum Answer { case asleep, cancelled, due }
        let (answer, satisfied) = state.withLock { state -> (Answer, [Watcher]) in
            if state.cancelled.remove(id) != nil { return (.cancelled, []) }
            if sleeper.until <= state.now { return (.due, []) }
            state.sleepers[id] = sleeper
            let alarms = Self.alarms(state)
            let satisfied = state.watchers.filter { $0.isSatisfied(alarms) }
            state.watchers.removeAll { $0.isSatisfied(alarms) }
            return (.asleep, satisfied)
        }
        switch answer {
        case .asleep: for watcher in satisfied { watcher.continuation.resume() }
        case .cancelled: sleeper.continuation.resume(throwing: CancellationError())
        case .due: sleeper.continuation.resume()
        }
    }

    private func until(_ isSatisfied: @escaping @Sendable ([Timestamp]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isTrue = state.withLock { state in
                if isSatisfied(Self.alarms(state)) { return true }
                state.watchers.append(Watcher(isSatisfied: isSatisfied, continuation: continuation))
                return false
            }
            if isTrue { continuation.resume() }
        }
    }

    private static func alarms(_ state: borrowing State) -> [Timestamp] { state.sleepers.values.map(\.until).sorted() }
}
