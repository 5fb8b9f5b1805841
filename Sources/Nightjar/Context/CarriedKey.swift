// A registered context key with its types erased: how its value becomes JSON text, and comes back.

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A key whose values travel into jobs.
package struct CarriedKey: Sendable {
    let id: String
    let type: ObjectIdentifier
    let policy: CarryPolicy
    private let encodeValue: @Sendable (any Sendable) throws -> String
    private let decodeValue: @Sendable (String) throws -> any Sendable

    package init<Key: CarriedContextKey>(_ key: Key.Type) {
        self.id = key.id
        self.type = ObjectIdentifier(key)
        self.policy = key.policy
        self.encodeValue = { value in
            guard let value = value as? Key.Value else { return "null" }
            return String(decoding: try JSONCoders.encoder.encode(value), as: UTF8.self)
        }
        self.decodeValue = { text in try JSONCoders.decoder.decode(Key.Value.self, from: Data(text.utf8)) }
    }

    /// The value as JSON text.
    ///
    /// - Throws: ``RequestError/valueTooLarge(key:bytes:limit:)`` over 4 KiB, or why it cannot be encoded.
    func encode(_ value: any Sendable) throws -> String {
        let text: String
        do {
            text = try encodeValue(value)
        } catch {
            throw RequestError.valueNotReadable(key: id, reason: "\(error)")
        }
        let limit = RequestSnapshot.valueLimit
        guard text.utf8.count <= limit else {
            throw RequestError.valueTooLarge(key: id, bytes: text.utf8.count, limit: limit)
        }
        return text
    }

    func decode(_ text: String) throws -> any Sendable {
        do {
            return try decodeValue(text)
        } catch {
            throw RequestError.valueNotReadable(key: id, reason: "\(error)")
        }
    }
}

/// The coders for everything the framework reads and writes as JSON: made once, dates as ISO 8601.
enum JSONCoders {
    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return encoder
    }()

    /// For what is stored: the same value gives the same bytes.
    static let stableEncoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return encoder
    }()

    static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()
}
