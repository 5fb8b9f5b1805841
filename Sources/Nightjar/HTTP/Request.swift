// A request: what a client asked for, and what the application has found out about it since.
//
// One immutable object. Middleware derives a new one (`with`), so a request that is being read by a job, by a streamed
// body and by a handler at once can never change under any of them. Parts are worked out when asked for: a handler that
// looks at nothing pays for nothing.
//
// The same type serves in a job. There, what did not travel throws and says which part it was; it is never silently nil.

public import HTTPTypes
package import Hummingbird
public import Logging

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// What a client asked for: method, path, headers, body and the values that middleware attached.
public final class Request: Sendable {
    /// Where a request is being looked at.
    public enum Origin: String, Sendable, CaseIterable {
        /// In a handler, or in a closure job it started: the request itself.
        case live
        /// In work that runs once the response has been sent.
        case afterResponse
        /// In a job, rebuilt from what the job remembers.
        case job
    }

    package let core: RequestCore

    /// The pattern of the route that was matched, such as `/orders/:id`; nil before routing and for unknown paths.
    public let route: String?

    /// What the placeholders of the route matched.
    public let parameters: RouteParameters

    /// Whether this is the live request, or seen from after the response, or rebuilt in a job.
    public let origin: Origin

    let values: RequestValues
    let chosenLocale: String?
    let routeBodyLimit: ByteCount?

    /// The request this code runs for, if any.
    @TaskLocal package static var current: Request?

    /// A request as it arrives, before routing.
    ///
    /// - Parameters:
    ///   - head: Method, target and headers.
    ///   - body: The body, still arriving.
    ///   - client: Who sent it, with trusted proxies already accounted for.
    ///   - settings: What all requests of the application share.
    ///   - logger: The logger to which the request's id is added.
    package convenience init(
        head: HTTPRequest,
        body: Hummingbird.RequestBody,
        client: ClientAddress?,
        settings: RequestSettings,
        logger: Logger
    ) {
        self.init(
            core: RequestCore(
                id: RequestID.make(),
                receivedAt: Date(),
                source: .live(head, body: RequestBody(body), client: client),
                settings: settings,
                logger: logger
            )
        )
    }

    init(
        core: RequestCore,
        route: String? = nil,
        parameters: RouteParameters = .none,
        origin: Origin = .live,
        values: RequestValues = RequestValues(),
        chosenLocale: String? = nil,
        routeBodyLimit: ByteCount? = nil
    ) {
        self.core = core
        self.route = route
        self.parameters = parameters
        self.origin = origin
        self.values = values
        self.chosenLocale = chosenLocale
        self.routeBodyLimit = routeBodyLimit
    }
}

// MARK: - What was asked for

extension Request {
    /// The name of this request in logs: 32 hex digits, made by the server, also sent as `X-Request-Id`.
    public var id: String { core.id }

    /// The `X-Request-Id` the client or a proxy sent along, if it is well-formed; it never replaces ``id``.
    public var incomingID: String? {
        switch core.source {
        case .live(let head, _, _):
            guard let id = head.headerFields[.xRequestID], RequestID.isAcceptable(id) else { return nil }
            return id
        case .snapshot(let snapshot): return snapshot.incomingID
        }
    }

    /// When the request's first line had been read.
    public var receivedAt: Date { core.receivedAt }

    /// The method: `.get`, `.post`, …
    public var method: HTTPRequest.Method {
        switch core.source {
        case .live(let head, _, _): head.method
        case .snapshot(let snapshot): HTTPRequest.Method(snapshot.method) ?? .get
        }
    }

    /// The path as it was sent, without the query: `/orders/7`.
    public var path: String {
        let target = core.target
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return String(target) }
        return String(target[..<mark])
    }

    /// What follows the question mark.
    public var query: Query {
        switch core.source {
        case .live:
            let target = core.target
            guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return Query(live: "") }
            return Query(live: String(target[target.utf8.index(after: mark)...].prefix { $0 != "#" }))
        case .snapshot(let snapshot): return Query(filtered: snapshot.query ?? "")
        }
    }

    /// The headers, by name.
    public var headers: RequestHeaders {
        switch core.source {
        case .live(let head, _, _): RequestHeaders(live: head.headerFields)
        case .snapshot(let snapshot): snapshot.requestHeaders
        }
    }

    /// The cookies, by name. A job never has any.
    public var cookies: RequestCookies {
        guard case .live(let head, _, _) = core.source else { return RequestCookies(headers: nil) }
        return RequestCookies(headers: head.headerFields)
    }

    /// The address of the client: of the connection's other end, or, behind a trusted proxy, the one the proxy names.
    public var clientAddress: String? {
        switch core.source {
        case .live(_, _, let client): client?.text
        case .snapshot(let snapshot): snapshot.clientAddress
        }
    }

    /// How links back to this application begin (`https://shop.example`), from `BASE_URL`; nil if it is not configured.
    ///
    /// It never comes from the `Host` header, which anyone can set.
    public var baseURL: String? {
        switch core.source {
        case .live: core.settings.baseURL
        case .snapshot(let snapshot): snapshot.baseURL
        }
    }

    /// A logger whose lines carry this request's id.
    public var logger: Logger {
        var logger = core.baseLogger
        for (key, value) in logMetadata { logger[metadataKey: key] = value }
        return logger
    }

    /// What log lines about this request carry: its id and the values registered with ``CarryPolicy/carryAndLog``.
    package var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["request.id": .string(id)]
        for key in core.settings.carriedKeys.values where key.policy == .carryAndLog {
            if let value = try? carriedValue(key) { metadata[key.id] = "\(value)" }
        }
        return metadata
    }
}

extension Request {
    /// Whether whoever asks is a browser that wants a page, and not a program that wants data.
    public var prefersHTML: Bool { ErrorPages.prefersHTML(headers.known) }
}

// MARK: - Language

extension Request {
    /// The visitor's language as a tag such as `en` or `pt-BR`: the one set with ``with(locale:)``, else the first of
    /// `Accept-Language`, else `en`.
    public var locale: String {
        if let chosenLocale { return chosenLocale }
        if case .snapshot(let snapshot) = core.source, let locale = snapshot.locale { return locale }
        return LanguagePreference.tags(headers.known[.acceptLanguage]).first ?? "en"
    }

    /// Which of the languages the application speaks suits the visitor best.
    ///
    /// - Parameter available: Language tags, the application's favourite first.
    /// - Returns: The best match, or the first of the list; nil only for an empty list.
    public func preferredLanguage(from available: [String]) -> String? {
        LanguagePreference.best(of: available, for: wantedLanguages)
    }

    /// The languages the visitor wants, best first: the one that was set, else those of `Accept-Language`.
    var wantedLanguages: [String] {
        if let chosenLocale { return [chosenLocale] }
        let tags = LanguagePreference.tags(headers.known[.acceptLanguage])
        // A job remembers which language the request had; if it is not the browser's first, somebody had set it.
        if case .snapshot(let snapshot) = core.source, let locale = snapshot.locale, locale != tags.first {
            return [locale]
        }
        return tags
    }
}

// MARK: - Deriving and reading values

extension Request {
    /// The same request with a value attached; the original stays as it is.
    ///
    /// ```swift
    /// return try await next(request.with(CurrentUser.self, user))
    /// ```
    public func with<Key: RequestKey>(_ key: Key.Type, _ value: Key.Value) -> Request {
        var values = values
        values[key] = value
        return derived(values: values)
    }

    /// The same request in another language, for example the one in a user's profile.
    public func with(locale: String) -> Request {
        derived(locale: locale)
    }

    /// The value that a middleware attached under a key.
    ///
    /// - Throws: ``RequestError/noValue(key:)`` if there is none; in a job ``RequestError/notCarried(_:)`` if it did not
    ///   travel, or why it cannot be read.
    public subscript<Key: RequestKey>(key: Key.Type) -> Key.Value {
        get throws {
            if let value = values[key] { return value }
            guard case .snapshot(let snapshot) = core.source else { throw RequestError.noValue(key: "\(key)") }
            guard let carried = key as? any CarriedContextKey.Type else {
                throw RequestError.notCarried("the value \(key)")
            }
            guard let value = try snapshot.value(of: CarriedKey(carried), settings: core.settings) as? Key.Value else {
                throw RequestError.notCarried("the value \(key)")
            }
            return value
        }
    }

    package func derived(
        route: (pattern: String, parameters: RouteParameters, bodyLimit: ByteCount?)? = nil,
        origin: Origin? = nil,
        values: RequestValues? = nil,
        locale: String? = nil
    ) -> Request {
        Request(
            core: core,
            route: route?.pattern ?? self.route,
            parameters: route?.parameters ?? parameters,
            origin: origin ?? self.origin,
            values: values ?? self.values,
            chosenLocale: locale ?? chosenLocale,
            routeBodyLimit: route?.bodyLimit ?? routeBodyLimit
        )
    }
}

extension HTTPField.Name {
    package static let xRequestID = HTTPField.Name("x-request-id") ?? .via
}

/// The request on whose behalf this code runs: in handlers and middleware, in jobs that a request enqueued, in work
/// after a response and in streamed bodies.
///
/// - Throws: ``RequestError/noCurrentRequest`` everywhere else.
public var currentRequest: Request {
    get throws {
        guard let request = Request.current else { throw RequestError.noCurrentRequest }
        return request
    }
}
