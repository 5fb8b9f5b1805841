// Where attempts run: as many lanes as jobs may be in flight. A lane is a task on the pool that runs one attempt after
// another until none is lined up; so jobs that follow one another closely share a task, and none waits for the engine.
//
//     Launcher ──lines up──► line ──► lane: begin, run, ending to the Settler ──► next
//                                      └─ nothing lined up: the lane closes
//
// A task that was cancelled stays cancelled. So a lane whose attempt was interrupted closes after it, and what is lined up
// goes on in a new one.

import Synchronization

final class Lanes: Sendable {
    /// Where lanes run.
    let pool: ThreadPool
    private let limit: Int
    private let line: Ring<Attempt>
    private let open = Atomic<Int>(0)

    init(_ limit: Int, on pool: ThreadPool) {
        self.limit = limit
        self.line = Ring(atLeast: 2 * (limit + Pace.mostAhead))
        self.pool = pool
    }

    /// Lines an attempt up; a lane takes it when it is free. Answers false if the line is too long.
    func lineUp(_ attempt: Attempt) -> Bool { line.push(attempt) }

    /// Whether attempts wait for a lane.
    var isBehind: Bool { !line.isEmpty }

    /// Whether no lane is open.
    var areClosed: Bool { open.load(ordering: .sequentiallyConsistent) == 0 }

    /// Opens so many more lanes, as far as there may be more.
    func openMore(_ count: Int) {
        for _ in 0..<count where take() { start() }
    }

    /// A lane is stuck in an attempt that was given up; another may be opened in its place.
    func writeOff() {
        open.subtract(1, ordering: .sequentiallyConsistent)
        if isBehind { openMore(1) }
    }

    private func take() -> Bool {
        var count = open.load(ordering: .sequentiallyConsistent)
        while count < limit {
            let (done, current) = open.weakCompareExchange(
                expected: count, desired: count + 1, ordering: .sequentiallyConsistent)
            if done { return true }
            count = current
        }
        return false
    }

    private func start() {
        let lane = Lane()
        lane.hold(
            Task(executorPreference: pool) {
                await self.run(lane)
                // Keeps the pool alive for as long as a task prefers it: the runtime does not.
                withExtendedLifetime(self.pool) {}
            })
    }

    private func run(_ lane: Lane) async {
        repeat {
            while let attempt = line.pop() {
                switch await attempt.run(in: lane) {
                case .goOn: break
                case .close:
                    open.subtract(1, ordering: .sequentiallyConsistent)
                    if isBehind { openMore(1) }
                    return
                case .writtenOff: return
                }
            }
            open.subtract(1, ordering: .sequentiallyConsistent)
            // Whoever lined something up just before that line may have counted on this lane.
        } while isBehind && take()
    }
}

/// A lane's task, so that the attempt in it can be cancelled.
final class Lane: Sendable {
    /// What a lane does after an attempt.
    enum Next { case goOn, close, writtenOff }

    private let task = Mutex<Task<Void, Never>?>(nil)
    private let isCancelled = Atomic<Bool>(false)

    func hold(_ new: Task<Void, Never>) {
        task.withLock { $0 = new }
        // Whoever cancelled before there was a task is obeyed now.
        if isCancelled.load(ordering: .sequentiallyConsistent) { new.cancel() }
    }

    func cancel() {
        isCancelled.store(true, ordering: .sequentiallyConsistent)
        task.withLock { $0 }?.cancel()
    }
}
