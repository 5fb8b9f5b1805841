// How a job that `@Job` wrote is stored: under the names of its parameters, which are known to the macro as text.

/// The name of one of a job's stored values. What `@Job` writes uses it; programs have no need of it.
public struct JobKey: CodingKey, ExpressibleByStringLiteral {
    /// The name.
    public let stringValue: String
    /// Names are not numbers.
    public var intValue: Int? { nil }

    /// A name.
    public init(stringValue: String) { self.stringValue = stringValue }
    /// Names are not numbers.
    public init?(intValue: Int) { nil }
    /// A name.
    public init(stringLiteral name: String) { self.init(stringValue: name) }
}

extension KeyedDecodingContainer where Key == JobKey {
    /// Reads a value that every stored job has.
    /// - Throws: `DecodingError` if it is missing, or is something else.
    public func value<Value: Decodable>(_ key: JobKey) throws -> Value { try decode(Value.self, forKey: key) }

    /// Reads a value that a stored job may lack, because the parameter is newer than the job.
    /// - Throws: `DecodingError` if it is there and is something else.
    public func value<Value: Decodable>(_ key: JobKey, or missing: @autoclosure () throws -> Value) throws -> Value {
        try contains(key) ? decode(Value.self, forKey: key) : missing()
    }
}

/// What can be stored with a job. What `@Job` writes names it with each type, so that one that cannot be stored is an error
/// that says which; programs have no need of it.
public enum JobValue<Value: Codable & Sendable> {}
