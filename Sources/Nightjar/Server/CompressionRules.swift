// Which responses are compressed: text that is long enough, that is sent whole, and that is not compressed already.
// Pure. Whether the client can read it is decided by the compressor, from `Accept-Encoding`.

import NIOHTTP1

/// Decides whether a response is worth compressing.
enum CompressionRules {
    /// Whether the response may be compressed, if the client can read it.
    static func applies(to head: HTTPResponseHead, answeringHEAD: Bool, threshold: Int) -> Bool {
        guard !answeringHEAD, head.status.mayHaveResponseBody, head.status != .partialContent,
            !head.headers.contains(name: "content-encoding"), !head.headers.contains(name: "content-range")
        else { return false }
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length < threshold {
            return false
        }
        if head.headers[canonicalForm: "cache-control"].contains(where: { $0.lowercased() == "no-transform" }) {
            return false
        }
        return head.headers.first(name: "content-type").map(isText) ?? false
    }

    /// Whether a content type is text. Server-sent events are not: each has to arrive when it is sent.
    static func isText(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        if type == "text/event-stream" { return false }
        if type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml") { return true }
        return [
            "application/json", "application/javascript", "application/xml", "application/x-ndjson",
            "application/manifest+json", "application/wasm", "font/ttf", "font/otf",
        ].contains(type)
    }

    /// Tells caches that the response depends on what the client can read (RFC 9110 §12.5.5).
    static func addVary(_ headers: inout HTTPHeaders) {
        let names = headers[canonicalForm: "vary"]
        guard !names.contains(where: { $0 == "*" || $0.lowercased() == "accept-encoding" }) else { return }
        // One line: not everybody reads a second one.
        headers.replaceOrAdd(name: "Vary", value: (names + ["Accept-Encoding"]).joined(separator: ", "))
    }

    /// Says of a compressed copy that it means the same as the original and is not the same bytes (RFC 9110 §8.8.1): a
    /// strong tag would let a client put a piece of one behind a piece of the other.
    static func weakenEntityTag(_ headers: inout HTTPHeaders) {
        guard let tag = headers.first(name: "etag"), tag.hasPrefix("\"") else { return }
        headers.replaceOrAdd(name: "ETag", value: "W/" + tag)
    }
}
