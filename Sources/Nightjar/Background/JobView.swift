// A job as the status routes show it to whoever waits for it. What went wrong is told by its type only, in production:
// messages of errors may say more than a visitor should know.

import NightjarJobs

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The JSON that says where a job is.
struct JobView: Encodable {
    struct Failure: Encodable {
        var type: String
        var message: String?
    }

    var id: JobID
    var name: String
    var queue: String
    var state: JobState
    var attempt: Int
    var maxAttempts: Int
    var progress: JobProgress?
    var result: JSONValue?
    var error: Failure?
    var createdAt: String
    var startedAt: String?
    var finishedAt: String?
    var nextAttemptAt: String?

    /// - Parameters:
    ///   - status: The job's status.
    ///   - showsErrors: Whether the message of its error is shown.
    init(_ status: JobStatus, showsErrors: Bool) throws {
        id = status.id
        name = status.name
        queue = status.queue
        state = status.state
        attempt = status.attempt
        maxAttempts = status.maxAttempts
        progress = status.progress
        result = try status.state == .completed ? Self.result(of: status) : nil
        error = status.failure.map { Failure(type: $0.type, message: showsErrors ? $0.message : nil) }
        createdAt = Self.text(status.createdAt)
        startedAt = status.startedAt.map(Self.text)
        finishedAt = status.finishedAt.map(Self.text)
        nextAttemptAt = status.state == .retrying || status.state == .scheduled ? Self.text(status.dueAt) : nil
    }

    /// What the job returned; null if it returned nothing.
    static func result(of status: JobStatus) throws -> JSONValue {
        guard let bytes = try status.resultJSON() else { return .null }
        return try JSONCoders.decoder.decode(JSONValue.self, from: Data(bytes))
    }

    private static func text(_ moment: Timestamp) -> String {
        moment.date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

/// Any JSON, so that what a job returned can stand inside a larger answer.
enum JSONValue: Codable, Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
