// What the placeholders of the route matched: for `/orders/:id` and `/orders/7`, `id` is `7`.

/// The parameters of a route, percent-decoded.
public struct RouteParameters: Sendable {
    let values: [(name: String, raw: Substring)]
    let route: String?

    static let none = RouteParameters(values: [], route: nil)

    /// A parameter's text.
    ///
    /// - Throws: ``RequestError/noParameter(name:route:)`` if the route has no such parameter.
    public subscript(name: String) -> String {
        get throws {
            guard let raw = values.first(where: { $0.name == name })?.raw else {
                throw RequestError.noParameter(name: name, route: route)
            }
            return PercentCoding.decode(raw, plusIsSpace: false)
        }
    }

    /// A parameter converted to a type: `try request.parameters.require("id", as: Int.self)`.
    ///
    /// - Throws: A 400 that names the parameter if it does not read as that type;
    ///   ``RequestError/noParameter(name:route:)`` if the route has no such parameter.
    public func require<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type) throws -> Value {
        guard let value = Value(try self[name]) else {
            throw HTTPProblem(.badRequest, "\"\(name)\" in the address must be \(aTypeName(type)).", field: name)
        }
        return value
    }

    /// What `**` at the end of the route matched, without a leading slash.
    ///
    /// - Throws: ``RequestError/noParameter(name:route:)`` if the route has no `**`.
    public var rest: String {
        get throws { try self["**"] }
    }
}

/// What is written in square brackets.
private protocol ListLike {}
extension Array: ListLike {}
extension Set: ListLike {}

/// A type as it is named to the visitor: `a whole number`.
func aTypeName(_ type: any Any.Type) -> String {
    switch type {
    case is any FixedWidthInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    case is any ListLike.Type, is [Any].Type: "a list"
    case is [String: Any].Type: "an object"
    default: "a \(type)"
    }
}
