// The pace of one engine thread, shared by the workers that live on it.

import Synchronization

final class Pacemaker: Sendable {
    private let pace = Mutex(Pace(at: .now))
    /// What `pace` says, for pages to read without a lock.
    private let published = Atomic<Int>(0)
    private let listeners = Mutex<[@Sendable () -> Void]>([])

    /// How many jobs may be claimed beyond the free slots.
    var ahead: Int { published.load(ordering: .relaxed) }

    /// Whether jobs end faster than it pays to be woken for.
    var isBusy: Bool { ahead > 0 }

    /// So many attempts have ended.
    func ended(_ count: Int) {
        guard count > 0 else { return }
        change { $0.ended(count, at: .now) }
    }

    /// How long the engine's thread may look away now that it has nothing to do.
    func rest() -> Duration { change { $0.rest(at: .now) } }

    /// Registers somebody who wants to know when the pace becomes calm.
    func whenCalm(_ listener: @escaping @Sendable () -> Void) { listeners.withLock { $0.append(listener) } }

    private func change<Answer: Sendable>(_ body: (inout Pace) -> Answer) -> Answer {
        let (answer, isCalmNow) = pace.withLock { pace in
            let wasBusy = pace.isBusy
            let answer = body(&pace)
            published.store(pace.ahead, ordering: .relaxed)
            return (answer, wasBusy && !pace.isBusy)
        }
        if isCalmNow { for listener in listeners.withLock({ $0 }) { listener() } }
        return answer
    }
}
