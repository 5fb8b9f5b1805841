// What operators see: lists, filters, pages, counts, the next due time.

import NightjarJobs

enum ViewChecks {
    static let all = [
        Promise(
            "counts are the truth for every queue and state", "ASOK-18", "ASOK-B4", "AT-12", "NUVOM-28", "NUVOM-B26",
            body: counts),
        Promise(
            "a list can be filtered by state, queue, name, tag, request and age", "NUVOM-38", "NUVOM-X8", "DBT-X2",
            "DBT-X10", body: filters),
        Promise("lists are ordered and paged", "NUVOM-38", body: pages),
        Promise("the next jobs are listed in the order in which workers take them", "ASOK-18", body: nextInOrder),
        Promise("the next due time is that of the nearest waiting job", body: nextDue),
        Promise("a job reads as pending once its time has come", "ASOK-B7", body: dueReadsAsPending),
    ]

    private static func counts(_ stage: Stage) async throws {
        var expected: [String: [JobState: Int]] = [:]
        for queue in ["default", "high", "reports"] {
            let spec = JobSpec(name: "job", queue: queue)
            for state in [JobState.running, .completed, .retrying, .failed, .cancelled] {
                try await stage.put(spec: spec)
                let job = try unwrap(
                    try await stage.take(1, QueueSelection([queue])).first, "There is no job to claim.")
                switch state {
                case .completed: try await stage.end(job, .completed(.none))
                case .retrying: try await stage.end(job, .retrying(at: stage.now + .seconds(60), stage.failure()))
                case .failed: try await stage.end(job, .failed(stage.failure()))
                case .cancelled: try await stage.end(job, .cancelled(nil))
                default: break
                }
                expected[queue, default: [:]][state] = 1
            }
            try await stage.put(spec: spec, after: .seconds(60))
            expected[queue]?[.scheduled] = 1
            for _ in 0..<(queue == "high" ? 3 : 1) {
                try await stage.put(spec: spec)
                expected[queue]?[.pending, default: 0] += 1
            }
        }
        try require(try await found(stage), equals: expected, "The counts")
        stage.clock.advance(by: .seconds(60))
        for queue in expected.keys {
            expected[queue]?[.pending, default: 0] += 2
            expected[queue]?[.scheduled] = nil
            expected[queue]?[.retrying] = nil
        }
        try require(try await found(stage), equals: expected, "The counts once everything is due")
        for (queue, states) in expected {
            for (state, count) in states {
                let jobs = try await stage.backend.list(JobFilter(states: [state], queue: queue))
                try require(jobs.count, equals: count, "The number of \(state) jobs listed in \(queue)")
            }
        }
        let names = try await stage.backend.counts().map(\.queue)
        try require(names, equals: names.sorted(), "The order of queues")
    }

    private static func found(_ stage: Stage) async throws -> [String: [JobState: Int]] {
        let counts = try await stage.backend.counts()
        return Dictionary(
            counts.map { ($0.queue, $0.jobs.filter { $0.value != 0 }) }, uniquingKeysWith: { one, _ in one })
    }

    private static func filters(_ stage: Stage) async throws {
        let ids = try await stage.oneOfEach()
        stage.clock.advance(by: .seconds(1))
        let moment = stage.now
        stage.clock.advance(by: .seconds(1))
        let mail = try await stage.put(
            spec: JobSpec(name: "mail", queue: "mail", tags: ["customer 7", "urgent"]))
        let other = try await stage.put(spec: JobSpec(name: "mail", queue: "low", tags: ["customer 70", "urg"]))
        func list(_ filter: JobFilter) async throws -> Set<JobID> {
            Set(try await stage.backend.list(filter).map(\.id))
        }

        for state in JobState.allCases where state != .pending {
            let expected = Set(ids[state].map { [$0] } ?? [])
            try require(try await list(JobFilter(states: [state])), equals: expected, "The \(state) jobs")
        }
        let ended = Set([ids[.failed], ids[.cancelled]].compactMap { $0 })
        try require(try await list(JobFilter(states: [.failed, .cancelled])), equals: ended, "The jobs in two states")
        try require(try await list(JobFilter(queue: "mail")), equals: [mail], "The jobs in a queue")
        try require(try await list(JobFilter(queue: "ma")), equals: [], "The jobs in a queue that does not exist")
        try require(try await list(JobFilter(name: "mail")), equals: [mail, other], "The jobs of a name")
        try require(try await list(JobFilter(tag: "customer 7")), equals: [mail], "The jobs with a tag")
        try require(try await list(JobFilter(tag: "urg")), equals: [other], "The jobs with a short tag")
        var caused = stage.job(spec: JobSpec(name: "caused", queue: "low"))
        caused.requestID = "request 7"
        _ = try await stage.backend.insert([caused])
        try require(try await list(JobFilter(requestID: "request 7")), equals: [caused.id], "The jobs of a request")
        try require(try await list(JobFilter(requestID: "request")), equals: [], "The jobs of an unknown request")
        try require(
            try await stage.record(caused.id).requestID, equals: "request 7", "The request that caused a job")
        _ = try await stage.backend.delete([caused.id])
        try require(try await list(JobFilter(createdBefore: moment)), equals: Set(ids.values), "The jobs of an age")
        try require(
            try await list(JobFilter(createdAfter: moment)).isDisjoint(with: ids.values), "A job is listed as newer.")
        let both = JobFilter(states: [.pending], queue: "mail", name: "mail", tag: "urgent")
        try require(try await list(both), equals: [mail], "The jobs that meet every condition")
        try require(
            try await list(JobFilter(states: [.failed], name: "mail")), equals: [], "The jobs that meet only one")
        try require(try await list(JobFilter()).count, equals: 9, "The number of all jobs")
    }

    private static func pages(_ stage: Stage) async throws {
        let jobs = (0..<250).map { stage.job("\($0)") }
        _ = try await stage.backend.insert(jobs.shuffled())
        let ids = jobs.map(\.id)
        try require(
            try await stage.backend.list(JobFilter()).map(\.id), equals: ids.suffix(100).reversed(),
            "The latest hundred")
        for (order, expected) in [(JobFilter.Order.newest, Array(ids.reversed())), (.oldest, ids), (.next, ids)] {
            var found: [JobID] = []
            while true {
                let page = try await stage.backend.list(JobFilter(order: order, limit: 60, offset: found.count))
                if page.isEmpty { break }
                found += page.map(\.id)
            }
            try require(found, equals: expected, "The order of \(order) over pages")
        }
        for (order, expected) in [(JobFilter.Order.newest, Array(ids.reversed())), (.oldest, ids)] {
            var found: [JobID] = []
            while true {
                let page = try await stage.backend.list(JobFilter(order: order, limit: 60, after: found.last))
                if page.isEmpty { break }
                found += page.map(\.id)
            }
            try require(found, equals: expected, "The order of \(order) from the last of each page")
        }
        let beyond = try await stage.backend.list(JobFilter(limit: 10, offset: 250))
        try require(beyond.count, equals: 0, "The number of jobs beyond the last page")
        for limit in [0, -1, .min] {
            let page = try await stage.backend.list(JobFilter(limit: limit, offset: -1))
            try require(page.count, equals: 0, "The number of jobs on a page of \(limit)")
        }
        let whole = try await stage.backend.list(JobFilter(limit: .max))
        try require(whole.count, equals: 250, "The number of jobs on a page without end")
    }

    private static func nextInOrder(_ stage: Stage) async throws {
        let jobs = (0..<60).map { index in
            stage.job(
                "\(index)", spec: JobSpec(name: "job", priority: [0, 5, -5][index % 3]),
                after: .seconds([0, 20, 10, 0][index % 4]))
        }
        _ = try await stage.backend.insert(jobs)
        stage.clock.advance(by: .seconds(30))
        let filter = JobFilter(states: [.scheduled, .pending, .retrying], queue: "default", order: .next)
        let listed = try await stage.backend.list(filter).map(\.id)
        let taken = try await stage.take(60).map(\.id)
        try require(listed, equals: taken, "The list of what comes next")
    }

    private static func nextDue(_ stage: Stage) async throws {
        let start = stage.now
        let far = try await stage.put(after: .seconds(600))
        try require(
            try await stage.backend.nextDue(in: .all), equals: start + .seconds(600), "The next due time of one")
        let near = try await stage.put(after: .seconds(60))
        let due = try await stage.backend.nextDue(in: .all)
        try require(due, equals: start + .seconds(60), "The next due time of two")
        _ = try await stage.backend.cancel([near])
        try require(
            try await stage.backend.nextDue(in: .all), equals: start + .seconds(600),
            "The next due time after a cancellation")
        _ = try await stage.backend.delete([far])
        try require(try await stage.backend.nextDue(in: .all), equals: nil, "The next due time when nothing waits")
        try await stage.put()
        let attempt = try await stage.takeOne()
        try await stage.end(attempt, .retrying(at: start + .seconds(7), stage.failure()))
        try require(
            try await stage.backend.nextDue(in: .all), equals: start + .seconds(7), "The next due time of a retry")
        try await stage.put(spec: JobSpec(name: "job", queue: "mail"), after: .seconds(20))
        let mail = try await stage.backend.nextDue(in: "mail")
        try require(
            mail.map { $0 <= start + .seconds(20) } ?? false, "A worker of one queue would miss that queue's next job.")
    }

    private static func dueReadsAsPending(_ stage: Stage) async throws {
        let scheduled = try await stage.put(after: .seconds(10))
        try await stage.put("retry")
        let attempt = try await stage.takeOne()
        try await stage.end(attempt, .retrying(at: stage.now + .seconds(10), stage.failure()))
        stage.clock.advance(by: .seconds(10))
        try await stage.expect(scheduled, is: .pending)
        try await stage.expect(attempt.id, is: .pending)
        let pending = try await stage.backend.list(JobFilter(states: [.pending]))
        try require(Set(pending.map(\.id)), equals: [scheduled, attempt.id], "The list of pending jobs")
        let waiting = try await stage.backend.list(JobFilter(states: [.scheduled, .retrying]))
        try require(waiting.count, equals: 0, "The number of jobs listed as waiting for their time")
    }
}
