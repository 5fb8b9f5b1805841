// How a job is run, as it is stored: what all jobs of a type share once, in a row of its own that the jobs point to; what
// is one job's alone (its unique key, its tags) as JSON beside it, and nothing at all if there is none.

import Foundation
import NightjarJobs

/// The part of a ``JobSpec`` that jobs share.
struct StoredSpec: Codable, Sendable {
    var name: String
    /// Nothing for 1, as rows from before there were versions have it.
    var version: Int?
    var queue: String
    var priority: Int
    var maxAttempts: Int
    /// Microseconds, as all durations here.
    var timeout: Int64
    var onTimeout: TimeoutPolicy
    var retry: RetryPolicy?
    var expires: Int64?
    var storesResult: Bool

    init(_ spec: JobSpec) {
        name = spec.name
        version = spec.version == 1 ? nil : spec.version
        queue = spec.queue
        priority = spec.priority
        maxAttempts = spec.maxAttempts
        timeout = spec.timeout.microseconds
        onTimeout = spec.onTimeout
        retry = spec.retry
        expires = spec.expires?.microseconds
        storesResult = spec.storesResult
    }

    /// The queue alone, from one that is not understood as a whole.
    static func queue(in json: String) -> String? {
        struct Part: Decodable { var queue: String }
        return try? StoredJSON.decode(Part.self, from: json).queue
    }

    /// The specification, with what is one job's alone.
    func spec(with extra: StoredExtra? = nil) -> JobSpec {
        let shared = extra?.spec ?? self
        return JobSpec(
            name: shared.name, version: shared.version ?? 1, queue: shared.queue, priority: shared.priority,
            maxAttempts: shared.maxAttempts, timeout: .microseconds(shared.timeout), onTimeout: shared.onTimeout,
            retry: shared.retry,
            expires: shared.expires.map { .microseconds($0) }, unique: extra?.unique, tags: extra?.tags ?? [],
            metadata: extra?.metadata ?? [:], storesResult: shared.storesResult)
    }
}

/// The part of a ``JobSpec`` that is one job's alone.
struct StoredExtra: Codable, Sendable {
    var unique: UniquePolicy?
    var tags: [String]?
    var metadata: [String: String]?
    /// Its specification, if it is not worth a row that other jobs share.
    var spec: StoredSpec?

    init?(_ spec: JobSpec, whole: StoredSpec? = nil) {
        guard spec.unique != nil || !spec.tags.isEmpty || !spec.metadata.isEmpty || whole != nil else { return nil }
        unique = spec.unique
        tags = spec.tags.isEmpty ? nil : spec.tags
        metadata = spec.metadata.isEmpty ? nil : spec.metadata
        self.spec = whole
    }
}

/// The one place where this module writes and reads JSON.
enum StoredJSON {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
    private static let decoder = JSONDecoder()

    static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try decoder.decode(type, from: Data(text.utf8))
    }
}
