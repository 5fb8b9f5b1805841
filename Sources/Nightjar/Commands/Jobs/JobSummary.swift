// A job as operators read it: a line in a table, an entry in a list.

import NightjarJobs

/// A job in a list, for programs.
struct JobSummary: Encodable {
    struct Failure: Encodable {
        var type: String
        var message: String
        var attempt: Int
        var at: String
        var worker: String?

        init(_ failure: JobFailure) {
            type = failure.type
            message = failure.message
            attempt = failure.attempt
            at = failure.at.iso8601
            worker = failure.worker
        }
    }

    var id: JobID
    var name: String
    var version: Int
    var queue: String
    var priority: Int
    var state: JobState
    var attempt: Int
    var maxAttempts: Int
    var crashes: Int
    var tags: [String]
    var request: String?
    var parent: JobID?
    var worker: String?
    var progress: JobProgress?
    var createdAt: String
    var dueAt: String
    var startedAt: String?
    var finishedAt: String?
    var error: Failure?

    init(_ job: JobRecord) {
        id = job.id
        name = job.spec.name
        version = job.spec.version
        queue = job.spec.queue
        priority = job.spec.priority
        state = job.state
        attempt = job.attempt
        maxAttempts = job.spec.maxAttempts
        crashes = job.crashes
        tags = job.spec.tags
        request = job.requestID
        parent = job.parent
        worker = job.worker
        progress = job.progress
        createdAt = job.createdAt.iso8601
        dueAt = job.dueAt.iso8601
        startedAt = job.startedAt?.iso8601
        finishedAt = job.finishedAt?.iso8601
        error = job.state == .completed ? nil : job.failures.last.map(Failure.init)
    }
}

extension TextTable {
    /// Jobs as a table.
    init(_ jobs: [JobRecord], now: Timestamp) {
        self.init(
            [
                .text("ID"), .flexible("JOB"), .text("STATE"), .text("WHEN"), .flexible("QUEUE").spare,
                .number("TRY").spare, .flexible("NOTE").spare,
            ],
            rows: jobs.map { job in
                [
                    "\(job.id)", job.spec.name, job.state.rawValue, Words.moment(job.moment, from: now),
                    job.spec.queue, "\(job.attempt)/\(job.spec.maxAttempts)", job.note,
                ]
            })
    }
}

extension JobRecord {
    /// The moment that matters most in its state.
    var moment: Timestamp {
        switch state {
        case .scheduled, .retrying: dueAt
        case .pending: createdAt
        case .running: startedAt ?? createdAt
        case .completed, .failed, .cancelled: finishedAt ?? createdAt
        }
    }

    /// What there is to say about it: how far it is, or what went wrong.
    var note: String {
        if state == .running, let progress {
            let percent = "\(Int((progress.fraction * 100).rounded())) %"
            return progress.message.map { "\(percent) \($0)" } ?? percent
        }
        return state == .completed ? "" : failures.last?.description ?? ""
    }
}
