// Which named workers there are, which of them were included, and what that means for a process that is about to run jobs.

import Logging
import Synchronization

/// A queue's named workers.
package final class WorkerRoster: Sendable {
    private struct State: Sendable {
        var declared: [NamedWorker] = []
        var included: Set<String> = []
        var complaints: [QueueError] = []
    }

    /// Something to be said when jobs begin to be run.
    struct Note: Sendable {
        let level: Logger.Level
        let sentence: Logger.Message
        let queue: String

        func write(to logger: Logger) { logger.log(level: level, sentence, metadata: ["queue": "\(queue)"]) }
    }

    /// Who pulls what in one process.
    struct Plan: Sendable {
        /// What is left to the worker for everything else.
        var general: QueueSelection
        /// The named workers that run beside it.
        var included: [NamedWorker] = []
        var notes: [Note] = []
    }

    private let state = Mutex(State())

    /// The names of all named workers, in the order they were declared.
    package var names: [String] { state.withLock { $0.declared.map(\.name) } }

    /// Says what is wrong with the workers that were declared.
    func check() throws {
        if let complaint = state.withLock(\.complaints.first) { throw complaint }
    }

    func declare(_ worker: NamedWorker) {
        state.withLock { state in
            if let complaint = worker.complaint {
                state.complaints.append(.invalid(complaint))
            } else if state.declared.contains(where: { $0.name == worker.name }) {
                state.complaints.append(
                    .invalid("Two workers are named “\(worker.name)”. A queue has one; raise its concurrency instead."))
            } else {
                state.declared.append(worker)
            }
        }
    }

    func include(_ worker: NamedWorker, in queue: JobQueue) {
        state.withLock { state in
            if worker.owner === queue {
                state.included.insert(worker.name)
            } else {
                state.complaints.append(
                    .invalid("The worker “\(worker.name)” belongs to another app or queue and cannot be included here.")
                )
            }
        }
    }

    /// Who pulls what.
    /// - Parameters:
    ///   - queues: The queues that this process pulls.
    ///   - pullsAll: Whether it pulls all others as well, because nobody else could.
    func plan(for queues: QueueSelection, pullsAll: Bool) -> Plan {
        let (declared, included) = state.withLock { ($0.declared, $0.included) }
        var queues = queues
        if pullsAll { queues.includesOthers = true }
        var plan = Plan(general: queues.without(Set(declared.map(\.name))))
        for worker in declared {
            if !included.contains(worker.name) {
                plan.notes.append(
                    Note(
                        level: .warning,
                        sentence:
                            "A worker was declared but not included: nothing takes its jobs; app.include(…) changes that",
                        queue: worker.name))
            } else if queues.contains(worker.name) {
                plan.included.append(worker)
            } else {
                plan.notes.append(
                    Note(
                        level: .info, sentence: "A worker does not run here: its queue is not among those to be pulled",
                        queue: worker.name))
            }
        }
        return plan
    }
}
