// What does not change when a request is derived from another: everything that came over the wire, or out of a snapshot.
// A Request is a small object that points here, so that deriving one copies a handful of words.

import HTTPTypes
import Logging
package import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Who sent a request, as far as the server knows. Turned into text when someone asks.
package enum ClientAddress: Sendable {
    /// The other end of the connection.
    case peer(SocketAddress)
    /// An address that was worked out already, for example from a trusted proxy's `X-Forwarded-For`.
    case resolved(String)

    var text: String? {
        switch self {
        case .peer(let address): address.ipAddress
        case .resolved(let text): text
        }
    }
}

/// The unchanging part of a request.
package final class RequestCore: Sendable {
    enum Source: Sendable {
        case live(HTTPRequest, body: RequestBody, client: ClientAddress?)
        case snapshot(RequestSnapshot)
    }

    let id: String
    let receivedAt: Date
    let source: Source
    let settings: RequestSettings
    let baseLogger: Logger

    init(id: String, receivedAt: Date, source: Source, settings: RequestSettings, logger: Logger) {
        self.id = id
        self.receivedAt = receivedAt
        self.source = source
        self.settings = settings
        self.baseLogger = logger
    }

    /// The path and query, whichever way they were sent: `/a?b`, or in whole, as to a proxy, `http://host/a?b`.
    var target: Substring {
        switch source {
        case .live(let head, _, _):
            let target = head.path ?? "/"
            guard target.utf8.first != UInt8(ascii: "/"), let scheme = target.firstRange(of: "://") else {
                return target[...]
            }
            let rest = target[scheme.upperBound...]
            return rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }.map { rest[$0...] }
                ?? "/"
        case .snapshot(let snapshot): return snapshot.path[...]
        }
    }
}
