// Takes back the jobs of workers that died: at the start, whenever the backend notices that one did, and once in every
// lease. In memory there is nobody else who could die, and nothing to do.
//
// A process that was stopped for a while, and goes on, finds its own leases run out as well. So before it takes anything
// back, its own workers say what they still hold.

import Logging

final class Rescuer: Sendable {
    private let backend: any JobBackend
    private let interval: Duration
    private let heartbeats: GrowingList<Heartbeat>
    private let events: EventPump
    private let logger: Logger
    private let bell = Signal()
    private let alarm: Countdown

    /// - Parameter heartbeats: Those of all workers of this process.
    init(
        backend: any JobBackend, interval: Duration, heartbeats: GrowingList<Heartbeat>, events: EventPump,
        logger: Logger
    ) {
        self.backend = backend
        self.heartbeats = heartbeats
        self.interval = interval
        self.events = events
        self.logger = logger
        self.alarm = Countdown(backend.clock, raises: bell)
    }

    /// A worker has died.
    func look() { bell.raise() }

    /// Rescues from now on; the first time was at the start.
    func run() async {
        guard backend.traits.durability != .process else { return }
        while !Task.isCancelled {
            alarm.set(backend.clock.uptime + interval)
            await bell.wait()
            await rescue()
        }
        alarm.cancel()
    }

    /// Takes back what dead workers held.
    func rescue() async {
        guard backend.traits.durability != .process else { return }
        for heartbeat in heartbeats.elements { await heartbeat.beat() }
        do {
            for job in try await backend.rescue() {
                logger.warning(
                    "A worker died with a job",
                    metadata: [
                        "job.id": "\(job.id)", "job.name": "\(job.spec.name)", "job.crashes": "\(job.crashes)",
                        "job.state": "\(job.state)",
                    ])
                events.emit(JobEvent(.rescued, job, at: backend.clock.now))
                if job.state == .failed { events.emit(JobEvent(.failed, job, at: backend.clock.now)) }
            }
        } catch {
            logger.error("Lost jobs could not be looked for; trying again", metadata: ["error": "\(error)"])
        }
    }
}
