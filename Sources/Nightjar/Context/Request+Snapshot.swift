// From a request to what a job remembers of it, and back.

import HTTPTypes
package import Logging
package import Tracing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Request {
    /// What a job enqueued now remembers of this request.
    ///
    /// - Parameter parentJob: The id of the job that enqueues, if it is a job; its request is then one level deeper.
    /// - Throws: ``RequestError`` if a carried value is too large, cannot be encoded, or must be sealed without a
    ///   secret, or if jobs have enqueued jobs too deep.
    public func snapshot(parentJob: String? = nil) throws -> RequestSnapshot {
        var snapshot: RequestSnapshot
        switch core.source {
        case .live: snapshot = liveSnapshot()
        case .snapshot(let original):
            snapshot = original
            snapshot.route = route
            if let chosenLocale { snapshot.locale = chosenLocale }
        }
        if let parentJob {
            snapshot.rootID = snapshot.rootID ?? id
            snapshot.parentJob = parentJob
            snapshot.depth += 1
            guard snapshot.depth <= RequestSnapshot.depthLimit else {
                throw RequestError.tooDeep(limit: RequestSnapshot.depthLimit)
            }
        }
        var carrier: [String: String] = [:]
        if let context = ServiceContext.current {
            InstrumentationSystem.instrument.inject(context, into: &carrier, using: DictionaryInjector())
        }
        if !carrier.isEmpty { snapshot.trace = carrier }
        try carryValues(into: &snapshot)
        return snapshot
    }

    /// The request as a job sees it.
    ///
    /// - Parameters:
    ///   - snapshot: What the job remembers.
    ///   - settings: What all requests of this process share; decides which keys are known and how sealed values open.
    ///   - logger: The logger to which the request's id is added.
    package convenience init(_ snapshot: RequestSnapshot, settings: RequestSettings, logger: Logger) {
        self.init(
            core: RequestCore(
                id: snapshot.id,
                receivedAt: Date(timeIntervalSince1970: Double(snapshot.receivedAt) / 1000),
                source: .snapshot(snapshot),
                settings: settings,
                logger: logger
            ),
            route: snapshot.route,
            parameters: snapshot.routeParameters,
            origin: .job
        )
    }

    /// The id of the request with which everything began; its own in a request.
    public var rootID: String { carriedSnapshot?.rootID ?? id }

    /// The id of the job that enqueued the job this code runs in, if a job did.
    public var parentJobID: String? { carriedSnapshot?.parentJob }

    /// How many jobs lie between the request and this code; 0 in a request and in the jobs it enqueued itself.
    public var depth: Int { carriedSnapshot?.depth ?? 0 }

    /// The trace that the request was part of, to link to.
    package var producerContext: ServiceContext? {
        guard let trace = carriedSnapshot?.trace, !trace.isEmpty else { return nil }
        var context = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(trace, into: &context, using: DictionaryExtractor())
        return context
    }

    private var carriedSnapshot: RequestSnapshot? {
        guard case .snapshot(let snapshot) = core.source else { return nil }
        return snapshot
    }

    private func liveSnapshot() -> RequestSnapshot {
        let fields = headers.known
        var carried: [String: String] = [:]
        for name in HeaderAllowList.standard + core.settings.carriedHeaders {
            if let value = fields[name] { carried[name.canonicalName] = value }
        }
        let query = query.text
        return RequestSnapshot(
            id: id,
            incomingID: incomingID,
            receivedAt: Int64((receivedAt.timeIntervalSince1970 * 1000).rounded()),
            method: method.rawValue,
            path: path,
            route: route,
            parameters: Dictionary(parameters.values.map { ($0.name, String($0.raw)) }) { first, _ in first },
            query: query.isEmpty ? nil : QueryFilter.filter(query),
            headers: carried,
            extraHeaderNames: core.settings.carriedHeaders.map(\.canonicalName),
            clientAddress: clientAddress,
            locale: chosenLocale ?? LanguagePreference.tags(fields[.acceptLanguage]).first,
            baseURL: baseURL
        )
    }

    private func carryValues(into snapshot: inout RequestSnapshot) throws {
        guard !values.isEmpty else { return }
        for key in core.settings.carriedKeys.values {
            guard let value = values.value(for: key.type) else { continue }
            let text = try key.encode(value)
            guard key.policy == .carrySealed else {
                snapshot.values[key.id] = text
                snapshot.sealed[key.id] = nil
                continue
            }
            guard let sealer = core.settings.sealer else { throw RequestError.noSecret(key: key.id) }
            snapshot.sealed[key.id] = try sealer.seal(text, id: key.id)
            snapshot.values[key.id] = nil
        }
    }

    /// The value under a registered key, here or in the snapshot; nil if there is none.
    func carriedValue(_ key: CarriedKey) throws -> (any Sendable)? {
        if let value = values.value(for: key.type) { return value }
        return try carriedSnapshot?.value(of: key, settings: core.settings)
    }
}

private struct DictionaryInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
}

private struct DictionaryExtractor: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}
