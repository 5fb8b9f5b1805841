// How far schedules have come.

extension MemoryStore {
    mutating func move(_ move: ScheduleMove, now: Timestamp) throws -> (ScheduleAnswer, [BackendNews]) {
        let known = schedules[move.name]
        guard known?.position == move.from else { return (.elsewhere(known?.position), []) }
        var record = known ?? ScheduleRecord(name: move.name, position: move.to)
        record.position = move.to
        guard let job = move.job, !record.isPaused else {
            schedules[move.name] = record
            return (.moved, [])
        }
        let (answers, news) = try insert([job], now: now)
        let insertion = answers.first ?? .inserted
        record.lastFiring = move.to
        record.lastJob = insertion.holder ?? job.id
        schedules[move.name] = record
        return (.fired(insertion), news)
    }

    mutating func setPaused(_ paused: Bool, schedule name: String, now: Timestamp) {
        var record = schedules[name] ?? ScheduleRecord(name: name, position: now)
        if record.isPaused, !paused { record.position = max(record.position, now) }
        record.isPaused = paused
        schedules[name] = record
    }
}
