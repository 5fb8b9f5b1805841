// Processes that keep schedules, played by queues in this one: they share a store and a clock that is moved by hand.

import Foundation
import NightjarTesting

@testable import NightjarJobs

/// A store, its clock, and what the jobs of schedules wrote down.
struct Scheduler: Sendable {
    let clock: ManualClock
    let store: MemoryBackend
    /// The firing's time of each job that ran, in the order in which they ran.
    let runs = Recorder<String>()

    /// A scheduler whose clock shows a moment written as `2026-03-29T01:00:00Z`.
    init(at start: String) throws {
        clock = ManualClock(Timestamp(try utc(start)))
        store = MemoryBackend(clock: clock.jobClock)
    }

    /// A process: a queue of its own on the store that all share.
    func process(
        context: (any ContextPropagator)? = nil,
        fault: @escaping @Sendable (_ method: String, WrappedBackend.Moment) throws -> Void = { _, _ in }
    ) throws -> LoggedQueue {
        try LoggedQueue(WrappedBackend(store, fault: fault), context: context) { configuration in
            // Whoever waits for a schedule's alarm must not take another role's for it.
            configuration.worker.lease = .seconds(1_000_001)
            configuration.worker.heartbeat = .seconds(1_000_003)
            configuration.worker.pruneInterval = .seconds(1_000_005)
        }
    }

    /// A job that writes down which firing it is.
    var job: Scripted {
        Scripted { [runs] context in
            runs.record(utc(context.scheduledTime))
            return ""
        }
    }

    func pass(_ duration: Duration) { clock.advance(by: duration) }

    func set(_ moment: String) throws { clock.set(to: Timestamp(try utc(moment))) }

    /// Waits until a process sleeps until a firing.
    func untilAsleep(_ moment: String) async throws {
        await clock.untilSomebodySleeps(until: Timestamp(try utc(moment)))
    }

    /// The times of the jobs that ran, once there are so many.
    func ran(_ count: Int) async -> [String] { await runs.untilCount(count) }

    /// All jobs of schedules that are kept.
    func jobs() async throws -> [JobRecord] { try await store.list(JobFilter(limit: 10_000)) }
}
