// How far schedules have come.

import NightjarJobs

extension Session {
    /// Moves a schedule on and stores the job of its firing, unless it stands elsewhere.
    func move(_ move: ScheduleMove) throws -> ScheduleAnswer {
        let find = try statement(.findSchedule)
        find.bind(1, move.name)
        let known = try find.first { (position: $0.moment(0), isPaused: $0.int(1) != 0) }
        guard known?.position == move.from else { return .elsewhere(known?.position) }
        guard let job = move.job, known?.isPaused != true else {
            try write(move)
            return .moved
        }
        // The job first: what it is refused for is found before anything is written.
        let insertion = try insert([job]).first ?? .inserted
        try write(move, job: insertion.holder ?? job.id)
        return .fired(insertion)
    }

    private func write(_ move: ScheduleMove, job: JobID? = nil) throws {
        let write = try statement(.moveSchedule)
        write.bind(1, move.name)
        write.bind(2, move.to)
        write.bind(3, job.map { _ in move.to })
        write.bind(4, job)
        try write.run()
    }

    func setPaused(_ paused: Bool, schedule: String) throws {
        let statement = try self.statement(.setSchedulePaused)
        statement.bind(1, schedule)
        statement.bind(2, paused ? 1 : 0)
        statement.bind(3, now)
        try statement.run()
    }
}
