// The request's headers. Live, all of them; in a job, the ones on the allow-list that the request had.

public import HTTPTypes

/// The headers of a request, by name.
///
/// Reading throws only in a job, for a header that does not travel into jobs.
public struct RequestHeaders: Sendable {
    private let fields: HTTPFields
    private let carriedNames: [HTTPField.Name]?

    /// The first value of a header, or nil if the client did not send it.
    ///
    /// - Throws: ``RequestError/notCarried(_:)`` in a job, for a header that is not carried.
    public subscript(name: HTTPField.Name) -> String? {
        get throws {
            if let carriedNames, !carriedNames.contains(name) {
                throw RequestError.notCarried("the header \(name.canonicalName)")
            }
            return fields[name]
        }
    }

    /// The first value of a header given by its text, or nil if the client did not send it.
    ///
    /// - Throws: ``RequestError/notCarried(_:)`` in a job, for a header that is not carried.
    public subscript(name: String) -> String? {
        get throws { try HTTPField.Name(name).flatMap { try self[$0] } }
    }

    /// All values of a header that may be sent several times, in order.
    ///
    /// - Throws: ``RequestError/notCarried(_:)`` in a job, for a header that is not carried.
    public func values(_ name: HTTPField.Name) throws -> [String] {
        _ = try self[name]
        return fields[values: name]
    }

    /// All header fields.
    ///
    /// - Throws: ``RequestError/notCarried(_:)`` in a job, which knows only some of them.
    public var all: HTTPFields {
        get throws {
            guard carriedNames == nil else { throw RequestError.notCarried("the list of all headers") }
            return fields
        }
    }

    init(live fields: HTTPFields) {
        self.fields = fields
        self.carriedNames = nil
    }

    init(carried fields: HTTPFields, names: [HTTPField.Name]) {
        self.fields = fields
        self.carriedNames = names
    }

    /// Whatever is known, for the framework's own questions, which must not fail.
    var known: HTTPFields { fields }
}
