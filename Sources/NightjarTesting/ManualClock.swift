// A clock that stands still until a test moves it: time can pass (`advance`), and the wall clock can be set (`jump`, `set`),
// which is not the same: intervals go on as if nothing had happened.
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
    private enum Moment {
        case wall(Timestamp)
        case uptime(Duration)
    }

    private struct Sleeper {
        var until: Moment
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        var id: Int
        var isSatisfied: @Sendable ([Timestamp]) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Timestamp
        var uptime = Duration.seconds(1000)
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

    /// How long it is since some moment in the past, whatever the clock was set to.
    public var uptime: Duration { state.withLock { $0.uptime } }

    /// The clock as the engine takes it.
    public var jobClock: JobClock {
        JobClock(
            now: { self.now }, sleep: { try await self.sleep(until: .wall($0)) }, uptime: { self.uptime },
            rest: { try await self.sleep(until: .uptime($0)) })
    }

    /// Lets time pass. It does not run backwards; a wall clock does, see ``jump(by:)``.
    public func advance(by duration: Duration) {
        precondition(duration >= .zero, "Time does not run backwards. Use jump(by:) to set the wall clock back.")
        move { state in
            state.now = state.now + duration
            state.uptime += duration
        }
    }

    /// Lets time pass until the clock shows a moment that is still to come.
    public func advance(to moment: Timestamp) { advance(by: moment - now) }

    /// Sets the wall clock forward or back, as people and time servers do, without time passing. Those who sleep until a
    /// moment that has come are resumed; those who sleep for an interval are not.
    public func jump(by duration: Duration) { move { $0.now = $0.now + duration } }

    /// Sets the wall clock to a moment, like ``jump(by:)``.
    public func set(to moment: Timestamp) { move { $0.now = moment } }

    /// The moments for which somebody is asleep, nearest first: by what the wall clock will show then, unless it is set.
    public var alarms: [Timestamp] { state.withLock { Self.alarms($0) } }

    /// Waits until so many are asleep, or the task is cancelled: a test whose time is over ends.
    public func untilAsleep(_ count: Int) async { await until { $0.count >= count } }

    /// Waits until somebody is asleep until exactly this moment, or the task is cancelled.
    public func untilSomebodySleeps(until moment: Timestamp) async { await until { $0.contains(moment) } }

    // MARK: - Inside

    private func move(_ change: (inout State) -> Void) {
        let due = state.withLock { state in
            change(&state)
            let due = state.sleepers.filter { Self.alarm($0.value, state) <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.sorted { $0.key < $1.key }.map(\.value)
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    private func sleep(until moment: Moment) async throws {
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
            if Self.alarm(sleeper, state) <= state.now { return (.due, []) }
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
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if isSatisfied(Self.alarms(state)) || Task.isCancelled { return true }
                    state.watchers.append(Watcher(id: id, isSatisfied: isSatisfied, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let watcher = state.withLock { state in
                state.watchers.firstIndex { $0.id == id }.map { state.watchers.remove(at: $0) }
            }
            watcher?.continuation.resume()
        }
    }

    private static func alarms(_ state: borrowing State) -> [Timestamp] {
        var alarms: [Timestamp] = []
        for sleeper in state.sleepers.values { alarms.append(alarm(sleeper, state)) }
        return alarms.sorted()
    }

    /// What the wall clock shows when a sleeper is to be resumed.
    private static func alarm(_ sleeper: Sleeper, _ state: borrowing State) -> Timestamp {
        switch sleeper.until {
        case .wall(let moment): moment
        case .uptime(let moment): state.now + (moment - state.uptime)
        }
    }
}
