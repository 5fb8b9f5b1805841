/// A job's value as it was stored, for ``Job/upgrade(_:)``.
public struct StoredJob: Sendable {
    /// The name it was stored under: the type's, or one of its aliases.
    public let name: String
    /// The version of the type that stored it.
    public let version: Int
    /// The value as JSON.
    public let bytes: [UInt8]

    /// A stored job from its parts.
    public init(name: String, version: Int, bytes: [UInt8]) {
        self.name = name
        self.version = version
        self.bytes = bytes
    }

    /// Reads the value as another type: the one that stored it, or one that has the same stored properties.
    /// - Throws: `DecodingError` if the value has another shape.
    public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try JSON.decode(type, from: bytes) }
}
