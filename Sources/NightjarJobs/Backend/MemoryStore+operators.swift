// What operators do to jobs and queues in memory.

extension MemoryStore {
    mutating func cancel(_ ids: [JobID], now: Timestamp) -> (waiting: [JobID], running: [JobID]) {
        var done: [JobID] = []
        var asked: [JobID] = []
        for id in ids {
            guard let entry = entries[id] else { continue }
            if entry.state.isWaiting {
                room.free(1)
                end(entry, .cancelled, now: now)
                done.append(id)
            } else if entry.state == .running {
                leases[id]?.isCancelRequested = true
                asked.append(id)
            }
        }
        return (done, asked)
    }

    mutating func reschedule(_ ids: [JobID], at moment: Timestamp, now: Timestamp) -> [JobID] {
        // A retry whose time has come waits like any other job.
        promote(now)
        return ids.filter { id in
            guard let entry = entries[id], entry.state.isWaiting else { return false }
            place(entry, entry.state == .retrying ? .retrying : .scheduled, at: moment, now: now)
            return true
        }
    }

    mutating func requeue(_ ids: [JobID], at moment: Timestamp, now: Timestamp) -> [JobID] {
        ids.filter { id in
            guard let entry = entries[id], entry.state == .failed || entry.state == .cancelled else { return false }
            withShelf(entry.state) { $0.lose() }
            entry.attempt = 0
            entry.crashes = 0
            entry.finishedAt = nil
            wait(entry, .scheduled, at: moment, now: now)
            return true
        }
    }

    mutating func delete(_ ids: [JobID]) -> [JobID] {
        ids.filter { id in
            guard let entry = entries[id], entry.state != .running else { return false }
            forget(entry)
            return true
        }
    }

    mutating func setPaused(_ paused: Bool, queue: String) { line(queue).isPaused = paused }

    mutating func prune(_ retention: Retention, now: Timestamp) -> Int {
        let before = entries.count
        trim(.completed, to: retention.limit, since: now - retention.completed)
        trim(.failed, to: retention.limit, since: now - retention.failed)
        return before - entries.count
    }
}
