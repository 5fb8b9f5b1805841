// What can be seen of the jobs in memory.

extension MemoryStore {
    mutating func records(_ ids: [JobID], now: Timestamp) -> [JobRecord?] {
        promote(now)
        return ids.map { id in entries[id].map { $0.record(worker: leases[id]?.worker) } }
    }

    mutating func record(_ id: JobID, now: Timestamp) -> JobRecord? {
        promote(now)
        return entries[id]?.record(worker: leases[id]?.worker)
    }

    mutating func list(_ filter: JobFilter, now: Timestamp) -> [JobRecord] {
        promote(now)
        let matching = entries.values.filter { $0.matches(filter) }
        let ordered: [MemoryEntry]
        switch filter.order {
        case .newest: ordered = matching.sorted { $0.id > $1.id }
        case .oldest: ordered = matching.sorted { $0.id < $1.id }
        case .next: ordered = matching.sorted { MemoryLine.Item($0) < MemoryLine.Item($1) }
        }
        return ordered.dropFirst(max(0, filter.offset)).prefix(max(0, filter.limit))
            .map { $0.record(worker: leases[$0.id]?.worker) }
    }

    mutating func counts(now: Timestamp) -> [QueueCounts] {
        promote(now)
        return lines.values.sorted { $0.name < $1.name }.map { line in
            QueueCounts(queue: line.name, jobs: line.jobsByState, isPaused: line.isPaused)
        }
    }
}
