// Jobs that run again and again: how they are declared, and what operators ask and do.

public import Foundation

extension JobQueue {
    /// Runs a job again and again, from when the first process that runs jobs sees the schedule.
    ///
    /// ```swift
    /// try queue.schedule(Digest(), .daily(at: "08:00", in: "Europe/Paris"), missed: .latest)
    /// try queue.schedule(Sync(full: false), .every(.seconds(30)))
    /// try queue.schedule(Sync(full: true), .cron("0 3 * * sun"), name: "weekly sync")
    /// ```
    /// Each firing becomes one job, however many processes share the store. It is accepted as ``background(_:delay:at:options:)``
    /// accepts one, but in nobody's name: it has no request, and no parent. A firing whose job fails, or still runs when the
    /// next one comes, changes nothing for the next; `JobOptions(unique:)` keeps jobs from overlapping. The job can tell
    /// where it comes from by ``JobContext/schedule`` and ``JobContext/scheduledTime``, and is listed under the tag
    /// `schedule:NAME`. In memory, how far schedules have come is forgotten with the process.
    ///
    /// - Parameters:
    ///   - job: The job, the same at every firing. Its type is registered, if it is not yet.
    ///   - schedule: When it fires.
    ///   - name: What the store remembers it by; the job's name if left out. Up to 91 bytes.
    ///   - missed: What becomes of firings for which no process was there: they are skipped unless you say otherwise, since
    ///     most of what is done regularly is stale when it is late.
    ///   - until: The last moment at which it may fire; never if left out.
    ///   - runsAtOnce: Whether it also fires when the store first sees the schedule: on a durable backend once, in memory at
    ///     every start.
    ///   - options: What is different from the type's options for these jobs.
    ///   - file: Where that is said, for messages.
    ///   - line: Where that is said, for messages.
    /// - Throws: ``ScheduleError`` if the schedule makes no sense, or another has its name; ``QueueError`` if the job could
    ///   not be accepted.
    public func schedule<J: Job>(
        _ job: J, _ schedule: Schedule, name: String? = nil, missed: MissedPolicy = .skip, until: Date? = nil,
        runsAtOnce: Bool = false, options: JobOptions? = nil, file: String = #fileID, line: Int = #line
    ) throws {
        let name = name ?? J.name
        try ScheduleBook.check(name)
        try register(J.self, file: file, line: line)
        let declared = DeclaredSchedule(
            name: name, schedule: schedule, job: J.name, missed: missed, until: until, runsAtOnce: runsAtOnce
        ) { queue, time in
            let options = FiringMark.mark(options, schedule: name, at: time)
            return try queue.prepareForNobody(job, options: options)
        }
        // What would be refused at the first firing is refused here.
        _ = try declared.make(self, nil)
        try scheduleBook.add(declared)
    }

    /// The schedules that the program declares, and how far each has come.
    public func schedules() async throws -> [ScheduleStatus] { statuses(try await backend.schedules()) }

    /// The same where there is no store to ask.
    package var declaredSchedules: [ScheduleStatus] { statuses([]) }

    private func statuses(_ records: [ScheduleRecord]) -> [ScheduleStatus] {
        let now = backend.clock.now.date
        return scheduleBook.all.map { schedule in
            ScheduleStatus(schedule, records.first { $0.name == schedule.name }, now: now)
        }
    }

    /// Runs a schedule's job now. Its firings go on as before.
    /// - Returns: The job, and whether it was there already because it is unique.
    /// - Throws: ``ScheduleError`` if there is no such schedule; ``QueueError`` if the job was not accepted.
    @discardableResult
    public func runSchedule(_ name: String) async throws -> (job: JobID, isExisting: Bool) {
        let new = try scheduleBook.schedule(named: name).make(self, nil)
        let holder = try await store([new]).first?.holder
        return (holder ?? new.id, holder != nil)
    }

    /// - Throws: ``ScheduleError`` if there is no such schedule.
    package func requireSchedule(_ name: String) throws { _ = try scheduleBook.schedule(named: name) }

    /// Drops a schedule's firings from now on, in all processes, until it is resumed.
    /// - Throws: ``ScheduleError`` if there is no such schedule.
    public func pauseSchedule(_ name: String) async throws {
        try await backend.setPaused(true, schedule: scheduleBook.schedule(named: name).name)
    }

    /// Lets a schedule fire again, from its next firing on; nothing that was dropped is made up for.
    /// - Throws: ``ScheduleError`` if there is no such schedule.
    public func resumeSchedule(_ name: String) async throws {
        try await backend.setPaused(false, schedule: scheduleBook.schedule(named: name).name)
    }
}
