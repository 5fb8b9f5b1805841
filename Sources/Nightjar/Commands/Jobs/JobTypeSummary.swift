// A type of jobs as operators read it.

import NightjarJobs

/// A type of jobs, for programs.
struct JobTypeSummary: Encodable {
    var name: String
    var aliases: [String]
    var version: Int
    var type: String
    var queue: String
    var priority: Int
    var retries: Int
    /// In seconds.
    var timeout: Double
    var parameters: [JobParameter]
    var file: String?
    var line: Int?

    init(_ job: RegisteredJob) {
        name = job.name
        aliases = job.aliases
        version = job.version
        type = job.type
        queue = job.queue
        priority = job.priority
        retries = job.maxAttempts - 1
        timeout = job.timeout.inSeconds
        parameters = job.parameters
        file = job.file
        line = job.line
    }
}

extension TextTable {
    /// Types of jobs as a table.
    init(_ types: [RegisteredJob]) {
        self.init(
            [
                .flexible("NAME"), .text("QUEUE"), .number("RETRIES"), .text("TIMEOUT"), .flexible("PARAMETERS"),
                .flexible("DECLARED").spare, .number("VERSION").spare, .flexible("ALIASES").spare,
            ],
            rows: types.map { job in
                [
                    job.name, job.queue, "\(job.maxAttempts - 1)", Words.length(job.timeout),
                    job.parameters.map(\.text).joined(separator: ", "),
                    job.file.map { file in job.line.map { "\(file):\($0)" } ?? file } ?? "", "\(job.version)",
                    job.aliases.joined(separator: ", "),
                ]
            })
    }
}

extension JobParameter {
    /// As it is declared, with a question mark if it may be left out.
    fileprivate var text: String { "\(name)\(isOptional ? "?" : ""): \(type)" }
}
