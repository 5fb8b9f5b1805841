// What is answered to bytes that never became a request: they have no route, no handler and no error page, and the
// connection ends with the answer. The shape is the one of all other problems (RFC 9457).

import NIOCore
import NIOHTTP1

/// Why a connection is answered and closed without a request.
enum ProtocolProblem: Error, Equatable {
    case malformed
    case missingHost
    case doubledHost
    case invalidHost
    case headTooLarge
    case headTooSlow

    init(_ error: HTTPParserError) {
        self = error == .headerOverflow ? .headTooLarge : .malformed
    }

    var status: HTTPResponseStatus {
        switch self {
        case .malformed, .missingHost, .doubledHost, .invalidHost: .badRequest
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .headTooSlow: .requestTimeout
        }
    }

    var detail: String {
        switch self {
        case .malformed: "This is not a request of HTTP/1.1."
        case .missingHost: "The Host header is missing."
        case .doubledHost: "There is more than one Host header."
        case .invalidHost: "The Host header is not the name of a host."
        case .headTooLarge: "The headers are too large."
        case .headTooSlow: "The request took too long to arrive."
        }
    }

    /// The whole answer. Nothing in it comes from the client.
    func response(requestID: String) -> (head: HTTPResponseHead, body: ByteBuffer) {
        let body = ByteBuffer(
            string: """
                {"type":"about:blank","title":"\(status.reasonPhrase)","status":\(status.code),\
                "detail":"\(detail)","instance":"urn:request:\(requestID)"}
                """
        )
        let headers: HTTPHeaders = [
            "Content-Type": "application/problem+json",
            "Content-Length": String(body.readableBytes),
            "Connection": "close",
            "X-Request-Id": requestID,
        ]
        return (HTTPResponseHead(version: .http1_1, status: status, headers: headers), body)
    }

    /// What is wrong with a request's `Host` (RFC 9112 §3.2): exactly one in HTTP/1.1, at most one before, and a name.
    static func ofHost(in head: HTTPRequestHead) -> ProtocolProblem? {
        let hosts = head.headers["host"]
        guard let host = hosts.first else { return head.version.isBefore11 ? nil : .missingHost }
        guard hosts.count == 1 else { return .doubledHost }
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "@"), UInt8(ascii: "?"), UInt8(ascii: "#"),
                UInt8(ascii: ","), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), 0...0x20, 0x7f...:
                false
            default: true
            }
        }
        return isName ? nil : .invalidHost
    }
}

extension HTTPVersion {
    /// Whether it is older than HTTP/1.1: no `Host`, no chunks, and a connection ends with its first response.
    var isBefore11: Bool { major < 1 || (major == 1 && minor == 0) }
}
