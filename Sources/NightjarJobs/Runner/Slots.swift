// Which jobs are in this worker's hands, and how many more may be: as many as there are slots, and a few that are lined
// up for them while the pace is busy. The engine's own thread changes it; job threads never do.

import Synchronization

final class Slots: Sendable {
    /// In no order; each attempt knows its place.
    private let attempts = Mutex<[Attempt]>([])
    private let taken = Atomic<Int>(0)
    private let unsettled = Atomic<Int>(0)
    /// Over, and their endings are being written down.
    private let ending = Mutex<[Attempt]>([])
    private let limit: Int
    private let pacemaker: Pacemaker
    private let runsAhead: Bool
    private let announcesQuiet: Bool
    /// Raised when an attempt is over and there is room for another.
    let freed: Signal
    /// Raised when the last attempt is over, and again when the last ending is written down.
    let emptied = Signal()

    /// - Parameters:
    ///   - runsAhead: Whether jobs may be claimed ahead while the pace is busy: only where no other worker could have had
    ///     them, and where they do not outlive the process that took too many.
    ///   - announcesQuiet: Whether `freed` is raised, too, when the last ending is written down: it may have made a job
    ///     due again, and whoever waits for the end of all work has to look.
    init(_ limit: Int, pacemaker: Pacemaker, freed: Signal, runsAhead: Bool, announcesQuiet: Bool = false) {
        self.runsAhead = runsAhead
        self.limit = limit
        self.pacemaker = pacemaker
        self.announcesQuiet = announcesQuiet
        self.freed = freed
    }

    /// How many more jobs may be claimed.
    var available: Int {
        limit + (runsAhead ? pacemaker.ahead : 0) - taken.load(ordering: .sequentiallyConsistent)
    }

    /// How many jobs are claimed that no slot is free for.
    var surplus: Int { max(0, taken.load(ordering: .sequentiallyConsistent) - limit) }

    var isEmpty: Bool { taken.load(ordering: .sequentiallyConsistent) == 0 }

    /// Whether nothing is in hand and every ending is written down: only then does the store tell the truth.
    var isQuiet: Bool { isEmpty && unsettled.load(ordering: .sequentiallyConsistent) == 0 }

    /// The attempts in hand.
    var running: [Attempt] { attempts.withLock { $0 } }

    /// The attempts that the store still takes for running: those in hand, and those whose endings it has not taken yet.
    var held: [Attempt] {
        // In this order: what is released in between is counted twice, not missed.
        let running = self.running
        let ending = ending.withLock { $0 }
        guard !ending.isEmpty else { return running }
        let known = Set(running.map(ObjectIdentifier.init))
        return running + ending.filter { !known.contains(ObjectIdentifier($0)) }
    }

    func take(_ attempt: Attempt) {
        attempts.withLock { attempts in
            attempt.place.store(attempts.count, ordering: .relaxed)
            attempts.append(attempt)
        }
        taken.add(1, ordering: .sequentiallyConsistent)
    }

    /// Makes room for other attempts; the endings of these are still to be written down, and none of others meanwhile.
    func release(_ ended: [Attempt]) {
        guard !ended.isEmpty else { return }
        unsettled.add(ended.count, ordering: .sequentiallyConsistent)
        ending.withLock { $0 = ended }
        let count = attempts.withLock { attempts in
            ended.count { Self.remove($0, from: &attempts) }
        }
        taken.subtract(count, ordering: .sequentiallyConsistent)
        freed.raise()
        if isEmpty { emptied.raise() }
    }

    /// The last one takes the place of the one that goes. Answers whether it was there.
    private static func remove(_ attempt: Attempt, from attempts: inout [Attempt]) -> Bool {
        let place = attempt.place.exchange(-1, ordering: .relaxed)
        guard place >= 0, let last = attempts.popLast() else { return false }
        guard last !== attempt else { return true }
        attempts[place] = last
        last.place.store(place, ordering: .relaxed)
        return true
    }

    /// So many endings are written down, or given up.
    func settled(_ count: Int) {
        ending.withLock { $0 = [] }
        unsettled.subtract(count, ordering: .sequentiallyConsistent)
        guard isQuiet else { return }
        emptied.raise()
        if announcesQuiet { freed.raise() }
    }

    func attempts(of ids: [JobID]) -> [Attempt] {
        let wanted = Set(ids)
        return running.filter { wanted.contains($0.job.id) }
    }
}
