// Many at once, one owner each. These checks run on real threads and prove nothing by passing once; they are cheap enough
// to be run every time.

import NightjarJobs

enum ConcurrencyChecks {
    static let all = [
        Promise(
            "many claimers, one owner for each job, whether it was due or fell due just then", "NORI-12", "NORI-B7",
            "NORI-B11", "DBT-B10", "DBT-X18", "NUVOM-B5", "AT-5", body: oneOwner),
        Promise("of many settlements of one attempt one is accepted", "NUVOM-B6", body: oneSettlement),
        Promise("no lease is given out twice, whatever goes on at once", "AT-8", body: leasesAreUnique),
        Promise("16 concurrent producers of a unique job make one job", "AT-24", "DBT-B11", body: uniqueProducers),
    ]

    private static func oneOwner(_ stage: Stage) async throws {
        _ = try await stage.backend.insert((0..<400).map { stage.job("\($0)", after: .seconds($0 % 2)) })
        stage.clock.advance(by: .seconds(1))
        let claimed = try await withThrowingTaskGroup(of: [JobID].self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var mine: [JobID] = []
                    while true {
                        let jobs = try await stage.take(7, worker: "worker \(worker)")
                        guard !jobs.isEmpty else { return mine }
                        mine += jobs.map(\.id)
                        let done = jobs.map {
                            Settlement(
                                id: $0.id, lease: $0.lease,
                                disposition: .completed(Sample.output("", for: stage.traits)))
                        }
                        let answers = try await stage.backend.settle(done)
                        try require(answers.allSatisfy { $0 }, "An owner's settlement was refused.")
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        try require(claimed.count, equals: 400, "The number of jobs handed out to eight workers")
        try require(Set(claimed).count, equals: 400, "The number of different jobs handed out")
        let left = try await stage.backend.list(JobFilter(states: Set(JobState.allCases).subtracting([.completed])))
        try require(left.count, equals: 0, "The number of jobs left over")
    }

    private static func oneSettlement(_ stage: Stage) async throws {
        for _ in 0..<20 {
            try await stage.put()
            let job = try await stage.takeOne()
            let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        try await stage.settle(
                            job,
                            index % 2 == 0 ? .completed(Sample.output("", for: stage.traits)) : .failed(stage.failure())
                        )
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try require(accepted, equals: 1, "The number of settlements accepted for one attempt")
        }
    }

    private static func leasesAreUnique(_ stage: Stage) async throws {
        struct Claim: Hashable {
            var id: JobID
            var lease: Int64
        }
        let ids = try await (0..<20).asyncMap { try await stage.put("\($0)") }
        let claims = Recorder<Claim>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    for round in 0..<60 {
                        for job in try await stage.take(3, worker: "worker \(worker)") {
                            claims.record(Claim(id: job.id, lease: job.lease))
                            let isOver = (round + worker) % 7 == 0
                            _ = try await stage.settle(job, isOver ? .failed(stage.failure()) : .pending)
                        }
                    }
                }
            }
            group.addTask {
                for round in 0..<60 {
                    _ = try await stage.backend.requeue(ids, at: stage.now)
                    if round % 10 == 0 { _ = try await stage.backend.cancel([ids[round % ids.count]]) }
                }
            }
            try await group.waitForAll()
        }
        let values = claims.values
        try require(Set(values).count, equals: values.count, "The number of different leases given out")
        let records = try await stage.backend.records(ids)
        try require(records.allSatisfy { $0 != nil }, "A job was lost while many worked on the store.")
    }

    private static func uniqueProducers(_ stage: Stage) async throws {
        for round in 0..<5 {
            let spec = JobSpec(name: "job", unique: UniquePolicy(key: "only one \(round)"))
            let answers = try await withThrowingTaskGroup(of: (JobID, Insertion).self) { group in
                for index in 0..<16 {
                    group.addTask {
                        let job = stage.job("\(index)", spec: spec)
                        let answers = try await stage.backend.insert([job])
                        return (job.id, try unwrap(answers.first, "An insert was not answered."))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let inserted = answers.filter { $0.1 == .inserted }.map(\.0)
            try require(inserted.count, equals: 1, "The number of jobs that 16 producers made")
            let others = answers.map(\.1).filter { $0 != .inserted }
            try require(
                others.allSatisfy { $0 == inserted.first.map(Insertion.existing) },
                "A producer was not given the job that exists.")
        }
        try require(try await stage.take(100).count, equals: 5, "The number of unique jobs stored")
    }
}

extension Sequence {
    /// `map` for work that suspends, one element after the other.
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
