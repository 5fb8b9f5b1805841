// All about one job, for people and for programs.

import NightjarJobs

/// A job with everything that is kept about it.
struct JobDetail: Encodable {
    private enum CodingKeys: String, CodingKey { case value, result, failures, metadata, unique, timeout }

    let job: JobRecord

    init(_ job: JobRecord) { self.job = job }

    func encode(to encoder: any Encoder) throws {
        try JobSummary(job).encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(value, forKey: .value)
        try container.encodeIfPresent(result, forKey: .result)
        try container.encode(job.failures.map(JobSummary.Failure.init), forKey: .failures)
        try container.encode(job.spec.metadata, forKey: .metadata)
        try container.encodeIfPresent(job.spec.unique?.key, forKey: .unique)
        try container.encode(job.spec.timeout.inSeconds, forKey: .timeout)
    }

    /// What the job does, where it is kept as JSON.
    private var value: JSONValue? {
        guard case .encoded(let bytes)? = job.payload else { return nil }
        return JSONText.value(bytes)
    }

    /// What it returned, where that is kept as JSON.
    private var result: JSONValue? {
        guard case .encoded(let bytes) = job.output else { return nil }
        return JSONText.value(bytes)
    }

    func text(width: Int?, now: Timestamp) -> String {
        var parts = [sheet(now: now).text(width: width)]
        if let value, let text = try? JSONText.line(value) { parts.append("Value\n  \(Words.harmless(text))") }
        if let result, let text = try? JSONText.line(result) { parts.append("Result\n  \(Words.harmless(text))") }
        if !job.failures.isEmpty {
            let table = TextTable(
                [.number("ATTEMPT"), .text("FAILED"), .flexible("ERROR"), .flexible("WORKER").spare],
                rows: job.failures.map { failure in
                    [
                        "\(failure.attempt)", Words.moment(failure.at, from: now), failure.description,
                        failure.worker ?? "",
                    ]
                })
            parts.append(table.text(width: width))
        }
        return parts.joined(separator: "\n\n")
    }

    private func sheet(now: Timestamp) -> TextSheet {
        func moment(_ moment: Timestamp?) -> String? {
            moment.map { "\($0.iso8601), \(Words.moment($0, from: now))" }
        }
        var sheet = TextSheet()
        sheet.add("Job", job.spec.name)
        sheet.add("Version", job.spec.version == 1 ? nil : "\(job.spec.version)")
        sheet.add("ID", "\(job.id)")
        sheet.add("State", job.state.rawValue)
        sheet.add("Progress", job.progress.map { "\(Int(($0.fraction * 100).rounded())) % \($0.message ?? "")" })
        sheet.add("Queue", job.spec.queue + (job.spec.priority == 0 ? "" : ", priority \(job.spec.priority)"))
        sheet.add("Attempt", "\(job.attempt) of \(job.spec.maxAttempts)")
        sheet.add("Crashes", job.crashes > 0 ? "\(job.crashes)" : nil)
        sheet.add("Enqueued", moment(job.createdAt))
        sheet.add("Due", job.state.isWaiting ? moment(job.dueAt) : nil)
        sheet.add("Started", moment(job.startedAt))
        sheet.add("Finished", moment(job.finishedAt))
        sheet.add("Worker", job.worker)
        sheet.add("Request", job.requestID)
        sheet.add("Enqueued by", job.parent.map { "\($0)" })
        sheet.add("Unique key", job.spec.unique?.key)
        sheet.add("Tags", job.spec.tags.joined(separator: ", "))
        sheet.add("Time limit", Words.length(job.spec.timeout))
        for (key, value) in job.spec.metadata.sorted(by: { $0.key < $1.key }) { sheet.add("  \(key)", value) }
        return sheet
    }
}
