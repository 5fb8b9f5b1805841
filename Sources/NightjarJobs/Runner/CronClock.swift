// Keeps the time of schedules: when one fires, its job is put into the store.
//
//     alarm: the next firing ──┐                        ┌─ fired       this process made the job
//     a minute has gone by ────┼──► what is due? ──move─┼─ moved       nothing to run: paused, missed, or seen for the
//     a schedule was declared ─┘                        │              first time, which has missed nothing
//                                                       └─ elsewhere   another process was first: go on from there
//
// Every process that runs a backend's jobs has one. All compute the same firings, and the store lets one of them through
// (see ScheduleRecord), so there is no leader to lose: as long as one process lives, schedules fire.
//
// The alarm follows the wall clock. It is looked at again each minute, because an alarm set for a moment that was taken
// back, by a clock that had been days ahead, would ring days late. That costs no query, and nothing at all where there are
// no schedules. Where such a clock left its mark in the store, the schedule begins anew at the time of now.
//
// A store that fails is asked again, sooner than the firing is old enough to count as missed. One schedule whose job is
// refused does not hold up the others.

import Foundation
import Logging
import Synchronization

final class CronClock: Sendable {
    private let queue: JobQueue
    private let backend: any JobBackend
    private let logger: Logger
    private let bell = Signal()
    private let alarm: Alarm
    private let isClosed = Atomic<Bool>(false)
    /// Raised once what was due at the start is in the store.
    let hasLooked = Signal()

    private static let longestSleep = Duration.seconds(60)

    init(queue: JobQueue, logger: Logger) {
        self.queue = queue
        self.backend = queue.backend
        self.logger = logger
        self.alarm = Alarm(queue.backend.clock, raises: bell)
        queue.scheduleBook.whenAdded { [weak bell] in bell?.raise() }
    }

    /// Fires nothing from now on.
    func close() {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        bell.raise()
    }

    func run() async {
        var hands = Hands()
        var patience = Duration.zero
        while !Task.isCancelled, !isClosed.load(ordering: .sequentiallyConsistent) {
            let schedules = queue.scheduleBook.all
            var failure: (any Error)?
            do { try await look(at: schedules, &hands) } catch { failure = error }
            hasLooked.raise()
            if let failure {
                patience = min(max(patience * 2, .milliseconds(50)), .seconds(5))
                logger.error("A schedule could not fire; trying again", metadata: Self.metadata(of: failure))
                await bell.wait(until: .now + patience * Double.random(in: 0.5...1))
            } else if schedules.isEmpty {
                await bell.wait()
            } else {
                patience = .zero
                await bell.wait(until: .now + Self.longestSleep)
            }
        }
        alarm.cancel()
        hasLooked.raise()
    }

    /// Why one of the schedules could not fire.
    private struct CannotFire: Error {
        var schedule: String
        var error: any Error
    }

    private static func metadata(of failure: any Error) -> Logger.Metadata {
        guard let failure = failure as? CannotFire else { return ["error": "\(failure)"] }
        return ["schedule": "\(failure.schedule)", "error": "\(failure.error)"]
    }

    /// Where this process believes schedules to stand.
    private struct Hands {
        var positions: [String: Timestamp] = [:]
        var hasAsked = false
        /// Those of which it was said that they wait for the clock.
        var waiting: Set<String> = []
    }

    /// Settles what is due of all schedules, and sets the alarm for the next.
    private func look(at schedules: [DeclaredSchedule], _ hands: inout Hands) async throws {
        guard !schedules.isEmpty else { return }
        if !hands.hasAsked {
            let records = try await backend.schedules().map { ($0.name, $0.position) }
            hands.positions = Dictionary(records, uniquingKeysWith: { first, _ in first })
            hands.hasAsked = true
        }
        var failure: (any Error)?
        for schedule in schedules where !isClosed.load(ordering: .sequentiallyConsistent) {
            do {
                if let next = try await settle(schedule, &hands.positions[schedule.name]) { alarm.set(next) }
                sayIfWaiting(schedule.name, &hands)
            } catch { failure = CannotFire(schedule: schedule.name, error: error) }
        }
        if let failure { throw failure }
    }

    /// Says it once when a schedule has nothing to do because its clock was set back.
    private func sayIfWaiting(_ name: String, _ hands: inout Hands) {
        guard let position = hands.positions[name] else { return }
        let behind = position - backend.clock.now
        guard behind > .seconds(60) else {
            hands.waiting.remove(name)
            return
        }
        guard hands.waiting.insert(name).inserted else { return }
        logger.warning(
            "The clock was set back; a schedule fires again when it has caught up",
            metadata: ["schedule": "\(name)", "until": "\(position.date)"])
    }

    /// Settles what is due of one schedule. Answers when it fires next.
    private func settle(_ schedule: DeclaredSchedule, _ position: inout Timestamp?) async throws -> Timestamp? {
        while true {
            let now = backend.clock.now
            let (move, next) = try step(of: schedule, from: position, now: now)
            guard let move else { return next }
            let held = move.job.flatMap { queue.hooks.events.hold($0.id) ? $0.id : nil }
            defer { if let held { queue.hooks.events.release(held) } }
            switch try await backend.move(move) {
            case .fired(let insertion):
                position = move.to
                log(schedule, move, insertion)
                if let job = move.job { queue.announce(job, insertion) }
                return next
            case .moved:
                position = move.to
                return next
            case .elsewhere(let other): position = other
            }
        }
    }

    /// What is to be done about one schedule now, and when it fires next.
    private func step(
        of schedule: DeclaredSchedule, from position: Timestamp?, now: Timestamp
    ) throws -> (move: ScheduleMove?, next: Timestamp?) {
        guard let position, Schedule.isPlausible(position.date, now: now.date) else {
            if let position {
                logger.warning(
                    "A schedule stood in the future, so a clock must have been wrong; it begins anew",
                    metadata: ["schedule": "\(schedule.name)", "stood": "\(position.date)"])
            }
            let first = position == nil && schedule.runsAtOnce ? try schedule.make(queue, now.date) : nil
            let move = ScheduleMove(schedule.name, from: position, to: now, job: first)
            return (move, schedule.next(after: now.date).map { Timestamp($0) })
        }
        let due = schedule.due(after: position.date, now: now.date)
        let next = due.next.map { Timestamp($0) }
        if let time = due.fire {
            let job = try schedule.make(queue, time)
            return (ScheduleMove(schedule.name, from: position, to: Timestamp(time), job: job), next)
        }
        guard let skipped = due.skipped else { return (nil, next) }
        let firing = Firing(schedule: schedule.name, time: skipped)
        logger.info("A missed firing is skipped", metadata: ["firing": "\(firing.key)"])
        return (ScheduleMove(schedule.name, from: position, to: Timestamp(skipped)), next)
    }

    private func log(_ schedule: DeclaredSchedule, _ move: ScheduleMove, _ insertion: Insertion) {
        let firing = Firing(schedule: schedule.name, time: move.to.date)
        let job = insertion.holder ?? move.job?.id
        logger.debug(
            "A schedule fired", metadata: ["firing": "\(firing.key)", "job.id": "\(job.map { "\($0)" } ?? "")"])
    }
}
