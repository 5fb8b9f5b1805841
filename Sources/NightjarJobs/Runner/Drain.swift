// When workers that stop once everything is done may stop: when none of them finds anything to do, one after the other,
// without any of them having run a job meanwhile. A job may have put another into a neighbour's queue; so whoever has run
// some makes the others look again.

import Synchronization

final class Drain: Sendable {
    private struct Member {
        var bell: Signal
        var stopping: Signal
        var isIdle = false
    }

    private let members = Mutex<[Member]>([])

    /// Adds a worker. Answers with its number.
    /// - Parameters:
    ///   - bell: Makes it look for jobs.
    ///   - stopping: Makes it stop.
    func join(bell: Signal, stopping: Signal) -> Int {
        members.withLock { members in
            members.append(Member(bell: bell, stopping: stopping))
            return members.count - 1
        }
    }

    /// A worker found nothing to claim and has nothing in flight.
    /// - Parameter hasWorked: Whether it has run jobs since it said so last.
    func isIdle(_ number: Int, hasWorked: Bool) {
        let signals = members.withLock { members -> [Signal] in
            if hasWorked {
                for index in members.indices { members[index].isIdle = false }
            }
            members[number].isIdle = true
            if members.allSatisfy(\.isIdle) { return members.map(\.stopping) }
            return hasWorked ? members.filter { !$0.isIdle }.map(\.bell) : []
        }
        for signal in signals { signal.raise() }
    }
}
