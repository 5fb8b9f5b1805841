// Somebody who is told of every event, one after the other, in a task of their own.
//
// A listener that throws is logged. One that takes longer than the limit over an event is given up: its task is cancelled,
// another goes on with the next event, and if the old one ever comes back it finds that it has been replaced. When a few
// have not come back, the next waits until one does: each may hold a thread.

import Logging
import Synchronization

final class EventListener: Sendable {
    private struct Turn {
        var number = 0
        var task: Task<Void, Never>?
        var event: JobEvent?
        var since = ContinuousClock.now
        var isWatched = false
        /// How many turns were given up and have not come back.
        var strays = 0
        /// Whether nobody listens, because too many have not.
        var isSilent = false
    }

    let name: String
    let buffer: EventBuffer
    private let limit: Duration
    private let pool: ThreadPool
    private let logger: Logger
    private let handle: @Sendable (JobEvent) async throws -> Void
    private let turn = Mutex(Turn())

    init(
        _ name: String, buffer: EventBuffer, limit: Duration, pool: ThreadPool, logger: Logger,
        handle: @escaping @Sendable (JobEvent) async throws -> Void
    ) {
        self.name = name
        self.buffer = buffer
        self.limit = limit
        self.pool = pool
        self.logger = logger
        self.handle = handle
    }

    /// Listens until the buffer is closed and empty.
    func start() {
        let number = turn.withLock(\.number)
        let task = Task(executorPreference: pool) { [pool] in
            await self.listen(number)
            withExtendedLifetime(pool) {}
        }
        turn.withLock { if $0.number == number { $0.task = task } }
    }

    private func listen(_ number: Int) async {
        while let event = await buffer.next() {
            begin(event)
            do { try await handle(event) } catch {
                logger.error("Job event listener \(name) threw: \(error)", metadata: Self.metadata(event))
            }
            let isStillMine = turn.withLock { turn in
                guard turn.number == number else { return false }
                turn.event = nil
                return true
            }
            guard isStillMine else { return cameBack() }
        }
    }

    /// A turn that was given up has ended after all.
    private func cameBack() {
        pool.retireReplacement()
        let isNeeded = turn.withLock { turn in
            turn.strays -= 1
            defer { turn.isSilent = false }
            return turn.isSilent
        }
        if isNeeded { start() }
    }

    private func begin(_ event: JobEvent) {
        let isWatched = turn.withLock { turn in
            (turn.event, turn.since) = (event, .now)
            defer { turn.isWatched = true }
            return turn.isWatched
        }
        guard !isWatched else { return }
        Task {
            while let moment = self.nextLook() { try? await Task.sleep(until: moment, clock: .continuous) }
        }
    }

    /// Gives the listener up if it has taken too long. Answers when to look again; `nil` if there is nothing to watch.
    private func nextLook() -> ContinuousClock.Instant? {
        let (moment, stuck) = turn.withLock { turn -> (ContinuousClock.Instant?, (JobEvent, Task<Void, Never>?)?) in
            guard let event = turn.event else {
                turn.isWatched = false
                return (nil, nil)
            }
            let end = turn.since + limit
            guard end <= .now else { return (end, nil) }
            turn.number += 1
            turn.event = nil
            turn.isWatched = false
            turn.strays += 1
            turn.isSilent = turn.strays >= Strays.limit
            return (nil, (event, turn.task))
        }
        guard let (event, task) = stuck else { return moment }
        let isSilent = turn.withLock(\.isSilent)
        task?.cancel()
        pool.replaceStuckThread()
        logger.error("Job event listener \(name) took longer than \(limit); given up", metadata: Self.metadata(event))
        if isSilent {
            logger.error(
                "Job event listener \(name) has not come back \(Strays.limit) times; it hears no more until it does")
        } else {
            start()
        }
        return nil
    }

    private static func metadata(_ event: JobEvent) -> Logger.Metadata {
        ["job.id": "\(event.id)", "job.name": "\(event.name)", "event": "\(event.kind)"]
    }
}
