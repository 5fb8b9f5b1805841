// What follows the question mark. It is taken apart when someone asks, not before.

/// The query of a request: `?q=swift&page=2`.
///
/// Reading throws only in a job, for a value that was filtered out because its name looks like a secret's.
public struct Query: Sendable, CustomStringConvertible {
    /// The query as it was sent, without the question mark; in a job with secrets replaced by `[FILTERED]`.
    public let text: String
    private let isFiltered: Bool

    /// The first value of a name, decoded, or nil if it is not in the query.
    ///
    /// - Throws: ``RequestError/notCarried(_:)`` in a job, for a filtered value.
    public subscript(name: String) -> String? {
        get throws { try values(name).first }
    }

    /// All values of a name, decoded, in order.
    ///
    /// - Throws: ``RequestError/notCarried(_:)`` in a job, for a filtered value.
    public func values(_ name: String) throws -> [String] {
        guard !text.isEmpty else { return [] }
        if isFiltered, QueryFilter.isSecret(name) {
            throw RequestError.notCarried("the query value \"\(name)\" (it looks like a secret and was filtered)")
        }
        return pairs.filter { $0.name == name }.map(\.value)
    }

    /// A value converted to a type: `try request.query.get("page", as: Int.self) ?? 1`.
    ///
    /// - Returns: The value, or nil if the name is not in the query.
    /// - Throws: A 400 that names the value if it does not read as that type.
    public func get<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type) throws -> Value? {
        guard let text = try self[name] else { return nil }
        guard let value = Value(text) else {
            throw HTTPProblem(.badRequest, "The query value \"\(name)\" must be \(aTypeName(type)).", field: name)
        }
        return value
    }

    /// A value that must be there, converted to a type.
    ///
    /// - Throws: A 400 that names the value if it is missing or does not read as that type.
    public func require<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type) throws -> Value {
        guard let value = try get(name, as: type) else {
            throw HTTPProblem(.badRequest, "The query value \"\(name)\" is missing.", field: name)
        }
        return value
    }

    /// The whole query decoded into a type whose properties are the names.
    ///
    /// - Throws: A 400 that names the field that is missing or does not fit.
    public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try FormDecoder.decode(type, from: text)
    }

    /// The query as it was sent.
    public var description: String { text }

    var pairs: [(name: String, value: String)] { PercentCoding.pairs(text[...]) }

    init(live text: String) {
        self.text = text
        self.isFiltered = false
    }

    init(filtered text: String) {
        self.text = text
        self.isFiltered = true
    }
}
