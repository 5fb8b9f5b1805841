// The two Foundation types that forms contain and that would otherwise decode as something no browser sends.

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Decodes a value of a form; dates are ISO 8601 (`2026-05-01` or with a time), URLs are text.
func decodeForm<Value: Decodable>(_ type: Value.Type, from decoder: any Decoder) throws -> Value {
    switch type {
    case is Date.Type:
        let text = try String(from: decoder)
        let date = (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: .iso8601.year().month().day()))
        if let value = date as? Value { return value }
    case is URL.Type:
        if let value = URL(string: try String(from: decoder)) as? Value { return value }
    default:
        return try Value(from: decoder)
    }
    let context = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not a \(type)")
    throw DecodingError.typeMismatch(type, context)
}
