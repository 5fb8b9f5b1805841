// Reading what the client sent along, as bytes, text, JSON or a form. What cannot be read is the client's mistake and
// says which field is to blame.

import HTTPTypes
public import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Request {
    /// The largest body this route accepts: the one given with the route, else the application's (`MAX_BODY_SIZE`).
    public var bodyLimit: ByteCount { routeBodyLimit ?? core.settings.bodyLimit }

    /// The whole body. It may be read several times.
    ///
    /// - Parameter limit: How large it may be, if not what the route accepts.
    /// - Throws: A 413 if it is larger; ``RequestError/notCarried(_:)`` in a job; ``RequestError/bodyAlreadyRead`` if it
    ///   was taken as a stream.
    public func body(upTo limit: ByteCount? = nil) async throws -> ByteBuffer {
        try await liveBody.collect(upTo: limit ?? bodyLimit)
    }

    /// The body piece by piece, as it arrives, for bodies that should not lie in memory as a whole. It can be read once.
    ///
    /// - Parameter limit: How large it may be in all, if not what the route accepts.
    /// - Throws: ``RequestError/notCarried(_:)`` in a job; ``RequestError/bodyAlreadyRead`` the second time.
    public func bodyStream(upTo limit: ByteCount? = nil) throws -> BodyStream {
        try liveBody.stream(upTo: limit ?? bodyLimit)
    }

    /// The whole body as text.
    ///
    /// - Throws: A 400 if it is not UTF-8, and whatever ``body(upTo:)`` throws.
    public func text() async throws -> String {
        let body = try await body()
        guard let text = body.withUnsafeReadableBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw HTTPProblem(.badRequest, "The body must be UTF-8 text.")
        }
        return text
    }

    /// The body decoded into a type, from JSON or from a form, whichever the client says it sent.
    ///
    /// ```swift
    /// struct SignUp: Decodable { var email: String; var name: String? }
    /// let signUp = try await request.decode(SignUp.self)
    /// ```
    ///
    /// - Throws: A 400 that names the field that is missing or does not fit; a 415 for any other content type.
    public func decode<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        _ = try liveBody
        let contentType = headers.known[.contentType] ?? ""
        switch mediaTypeName(contentType) {
        case "application/x-www-form-urlencoded": return try await form(type)
        case let name where name == "application/json" || name.hasSuffix("+json"): return try await json(type)
        case "":
            throw HTTPProblem(.unsupportedMediaType, "Say with Content-Type whether the body is JSON or a form.")
        case let name:
            throw HTTPProblem(
                .unsupportedMediaType,
                "\(name) is not understood here; send application/json or application/x-www-form-urlencoded.",
                headers: [.accept: "application/json, application/x-www-form-urlencoded"]
            )
        }
    }

    /// The body decoded from JSON, whatever the content type says.
    ///
    /// - Throws: A 400 that names the field that is missing or does not fit, or the place where it is no JSON.
    public func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let body = try await body()
        do {
            return try JSONCoders.decoder.decode(type, from: Data(body.readableBytesView))
        } catch let error as DecodingError {
            throw HTTPProblem(decoding: error, json: body.readableBytesView)
        }
    }

    /// The body decoded from a form, whatever the content type says.
    ///
    /// - Throws: A 400 that names the field that is missing or does not fit.
    public func form<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        try FormDecoder.decode(type, from: try await text())
    }

    private var liveBody: RequestBody {
        get throws {
            guard case .live(_, let body, _) = core.source else { throw RequestError.notCarried("the body") }
            return body
        }
    }
}

/// The name in a content type, without parameters, in lower case: `text/html`.
func mediaTypeName(_ contentType: String) -> String {
    contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
}

extension HTTPProblem {
    /// A 400 that says which field could not be decoded and what it should be, or where the JSON is none.
    init(decoding error: DecodingError, json: some Sequence<UInt8>) {
        if case .dataCorrupted(let context) = error, context.codingPath.isEmpty, let fault = JSONFault(in: json) {
            self.init(.badRequest, "The body is not valid JSON at \(fault).")
        } else {
            self.init(decoding: error)
        }
    }

    /// A 400 that says which field could not be decoded and what it should be.
    init(decoding error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            let field = Self.fieldPath(context.codingPath + [key])
            self.init(.badRequest, "The field \"\(field)\" is missing.", field: field)
        case .valueNotFound(let type, let context):
            let field = Self.fieldPath(context.codingPath)
            self.init(.badRequest, "The field \"\(field)\" must be \(aTypeName(type)), not null.", field: field)
        case .typeMismatch(let type, let context) where context.codingPath.isEmpty:
            self.init(.badRequest, "The body must be \(aTypeName(type)).")
        case .typeMismatch(let type, let context):
            let field = Self.fieldPath(context.codingPath)
            self.init(.badRequest, "The field \"\(field)\" must be \(aTypeName(type)).", field: field)
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self.init(.badRequest, "The body is not valid JSON, or a number in it is too large.")
        case .dataCorrupted(let context):
            let field = Self.fieldPath(context.codingPath)
            self.init(.badRequest, "The field \"\(field)\" is not valid.", field: field)
        @unknown default:
            self.init(.badRequest, "The body is malformed.")
        }
    }

    /// A path of keys as a person would write it: `items[2].price`.
    private static func fieldPath(_ path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return text.isEmpty ? "(body)" : text
    }
}
