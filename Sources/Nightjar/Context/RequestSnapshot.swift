// What a job remembers of the request that enqueued it.
//
// Taken at the call to `background`, written down once, and copied byte for byte by everything that happens to the job
// later. It holds names and numbers, never the visitor's secrets: no body, no cookies, no credentials; query values that
// look secret are replaced. Keys are short because the record is stored with every job, and what is empty is left out.
//
// Carried values that this process does not know are kept as they are, so that they survive a hop through an older one.

import HTTPTypes
public import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a job remembers of the request that enqueued it.
public struct RequestSnapshot: Codable, Hashable, Sendable {
    /// The version that this release writes.
    public static let currentVersion = 1
    /// Over this size a warning is logged: 8 KiB.
    public static let warningSize = 8 * 1024
    /// Over this size nothing is enqueued: 32 KiB.
    public static let sizeLimit = 32 * 1024
    /// The limit for one carried value: 4 KiB.
    public static let valueLimit = 4 * 1024
    /// How many times a job may enqueue a job that enqueues a job.
    public static let depthLimit = 32

    /// Which version wrote it.
    public var version = currentVersion
    /// The request's id.
    public var id: String
    /// The id a client or proxy sent along.
    public var incomingID: String?
    /// When the request was received, in milliseconds since 1970.
    public var receivedAt: Int64
    /// The method.
    public var method: String
    /// The path, without the query.
    public var path: String
    /// The pattern of the matched route.
    public var route: String?
    /// What the route's placeholders matched, as it was sent.
    public var parameters: [String: String] = [:]
    /// The query, with secrets replaced.
    public var query: String?
    /// The headers that travel, by lower-case name.
    public var headers: [String: String] = [:]
    /// Names of headers that travel besides the standard ones, whether or not the request had them.
    public var extraHeaderNames: [String] = []
    /// The client's address.
    public var clientAddress: String?
    /// The visitor's language.
    public var locale: String?
    /// How links back to the application begin.
    public var baseURL: String?
    /// The trace the request was part of, as the tracing system wrote it.
    public var trace: [String: String] = [:]
    /// The id of the request at the very beginning, if a job enqueued this one.
    public var rootID: String?
    /// The id of the job that enqueued this one.
    public var parentJob: String?
    /// How many jobs lie between the request and this one.
    public var depth = 0
    /// Carried values as JSON text, by key id.
    public var values: [String: String] = [:]
    /// Sealed carried values, by key id.
    public var sealed: [String: String] = [:]

    enum CodingKeys: String, CodingKey {
        case version = "v"
        case id
        case incomingID = "in"
        case receivedAt = "at"
        case method = "m"
        case path = "p"
        case route = "r"
        case parameters = "rp"
        case query = "q"
        case headers = "h"
        case extraHeaderNames = "hx"
        case clientAddress = "ip"
        case locale = "l"
        case baseURL = "b"
        case trace = "t"
        case rootID = "root"
        case parentJob = "job"
        case depth = "d"
        case values = "c"
        case sealed = "s"
    }
}

// MARK: - Coding

extension RequestSnapshot {
    /// Reads a snapshot; what is missing is empty.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decode(Int.self, forKey: .version)
        guard version <= Self.currentVersion else { throw RequestError.unknownSnapshotVersion(version) }
        id = try container.decode(String.self, forKey: .id)
        incomingID = try container.decodeIfPresent(String.self, forKey: .incomingID)
        receivedAt = try container.decode(Int64.self, forKey: .receivedAt)
        method = try container.decodeIfPresent(String.self, forKey: .method) ?? "GET"
        path = try container.decode(String.self, forKey: .path)
        route = try container.decodeIfPresent(String.self, forKey: .route)
        parameters = try container.decodeIfPresent([String: String].self, forKey: .parameters) ?? [:]
        query = try container.decodeIfPresent(String.self, forKey: .query)
        headers = try container.decodeIfPresent([String: String].self, forKey: .headers) ?? [:]
        extraHeaderNames = try container.decodeIfPresent([String].self, forKey: .extraHeaderNames) ?? []
        clientAddress = try container.decodeIfPresent(String.self, forKey: .clientAddress)
        locale = try container.decodeIfPresent(String.self, forKey: .locale)
        baseURL = try container.decodeIfPresent(String.self, forKey: .baseURL)
        trace = try container.decodeIfPresent([String: String].self, forKey: .trace) ?? [:]
        rootID = try container.decodeIfPresent(String.self, forKey: .rootID)
        parentJob = try container.decodeIfPresent(String.self, forKey: .parentJob)
        depth = try container.decodeIfPresent(Int.self, forKey: .depth) ?? 0
        values = try container.decodeIfPresent([String: String].self, forKey: .values) ?? [:]
        sealed = try container.decodeIfPresent([String: String].self, forKey: .sealed) ?? [:]
    }

    /// Writes a snapshot; what is empty takes no bytes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version, forKey: .version)
        try container.encode(id, forKey: .id)
        try container.encodeIfPresent(incomingID, forKey: .incomingID)
        try container.encode(receivedAt, forKey: .receivedAt)
        if method != "GET" { try container.encode(method, forKey: .method) }
        try container.encode(path, forKey: .path)
        try container.encodeIfPresent(route, forKey: .route)
        if !parameters.isEmpty { try container.encode(parameters, forKey: .parameters) }
        try container.encodeIfPresent(query, forKey: .query)
        if !headers.isEmpty { try container.encode(headers, forKey: .headers) }
        if !extraHeaderNames.isEmpty { try container.encode(extraHeaderNames, forKey: .extraHeaderNames) }
        try container.encodeIfPresent(clientAddress, forKey: .clientAddress)
        try container.encodeIfPresent(locale, forKey: .locale)
        try container.encodeIfPresent(baseURL, forKey: .baseURL)
        if !trace.isEmpty { try container.encode(trace, forKey: .trace) }
        try container.encodeIfPresent(rootID, forKey: .rootID)
        try container.encodeIfPresent(parentJob, forKey: .parentJob)
        if depth != 0 { try container.encode(depth, forKey: .depth) }
        if !values.isEmpty { try container.encode(values, forKey: .values) }
        if !sealed.isEmpty { try container.encode(sealed, forKey: .sealed) }
    }

    /// The snapshot as it is stored with a job.
    ///
    /// - Parameter logger: Told when the snapshot is larger than 8 KiB.
    /// - Throws: ``RequestError/snapshotTooLarge(bytes:limit:)`` over 32 KiB.
    public func encoded(logger: Logger) throws -> [UInt8] {
        let bytes = [UInt8](try JSONCoders.stableEncoder.encode(self))
        guard bytes.count <= Self.sizeLimit else {
            throw RequestError.snapshotTooLarge(bytes: bytes.count, limit: Self.sizeLimit)
        }
        if bytes.count > Self.warningSize {
            logger.warning(
                "A job's request context is large; carry ids instead of values",
                metadata: ["bytes": .stringConvertible(bytes.count), "request.id": .string(id)]
            )
        }
        return bytes
    }

    /// Reads a snapshot that was stored with a job.
    ///
    /// - Throws: `DecodingError` if the bytes are none; ``RequestError/unknownSnapshotVersion(_:)`` if a newer release
    ///   wrote them.
    public init(decoding bytes: some Sequence<UInt8>) throws {
        self = try JSONCoders.decoder.decode(Self.self, from: Data(bytes))
    }
}

// MARK: - Reading

extension RequestSnapshot {
    var requestHeaders: RequestHeaders {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let extra = extraHeaderNames.compactMap { HTTPField.Name($0) }
        return RequestHeaders(carried: fields, names: HeaderAllowList.standard + extra)
    }

    var routeParameters: RouteParameters {
        RouteParameters(values: parameters.map { ($0.key, $0.value[...]) }, route: route)
    }

    /// A carried value, or nil if the request did not have it.
    func value(of key: CarriedKey, settings: RequestSettings) throws -> (any Sendable)? {
        if let text = values[key.id] { return try key.decode(text) }
        guard let text = sealed[key.id] else { return nil }
        guard let sealer = settings.sealer else { throw RequestError.noSecret(key: key.id) }
        return try key.decode(try sealer.open(text, id: key.id))
    }
}
