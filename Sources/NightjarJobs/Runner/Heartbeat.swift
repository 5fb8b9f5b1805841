// Tells the store that the jobs in flight are still being run, for all of them at once, and learns from the answer whether
// one is to be cancelled or is no longer ours. With nothing in flight it says nothing.
//
// A job whose ending the store has not taken yet is still in flight for it: nobody else may start it again meanwhile.

import Logging

struct Heartbeat: Sendable {
    let backend: any JobBackend
    let slots: Slots
    let lease: Duration
    let interval: Duration
    let logger: Logger

    func run() async {
        while (try? await backend.clock.sleep(for: interval)) != nil { await beat() }
    }

    /// Says it now.
    func beat() async {
        let attempts = slots.held
        guard !attempts.isEmpty else { return }
        do {
            let answers = try await backend.renew(
                attempts.map { Renewal(id: $0.job.id, lease: $0.job.lease, duration: lease) })
            for (attempt, answer) in zip(attempts, answers) where !attempt.hasFinished { attempt.obey(answer) }
        } catch {
            if Task.isCancelled { return }
            logger.error("Leases could not be renewed; trying again", metadata: ["error": "\(error)"])
        }
    }
}
