// Files that are part of the program: style sheets, scripts and images embedded at build time, so that the binary runs
// alone. Their entity tag is a hash of their bytes, worked out once.

import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

extension RouteBuilder {
    /// Serves bytes that are embedded in the program.
    ///
    /// ```swift
    /// app.asset("/app.css", PackageResources.app_css)
    /// ```
    ///
    /// - Parameters:
    ///   - path: Where they appear. Its extension decides the content type.
    ///   - bytes: The bytes.
    ///   - contentType: The content type, if the extension does not tell.
    ///   - maxAge: How long browsers may keep them without asking. Nil, the default, makes them ask each time, which a
    ///     304 answers: a new release is seen at once.
    public func asset(_ path: String, _ bytes: [UInt8], contentType: String? = nil, maxAge: Duration? = nil) {
        let asset = Asset(path: path, bytes: bytes, contentType: contentType, maxAge: maxAge)
        get(path) { request in asset.response(for: request) }
    }
}

/// Embedded bytes with their headers.
private struct Asset: Sendable {
    let body: ByteBuffer
    let headers: HTTPFields
    let entityTag: String

    init(path: String, bytes: [UInt8], contentType: String?, maxAge: Duration?) {
        self.body = ByteBuffer(bytes: bytes)
        self.entityTag =
            "\"" + SHA256.hash(data: bytes).prefix(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            + "\""
        self.headers = [
            .contentType: contentType ?? Self.contentType(of: path),
            .eTag: entityTag,
            .cacheControl: maxAge.map { "public, max-age=\($0.components.seconds)" } ?? "no-cache",
            .xContentTypeOptions: "nosniff",
        ]
    }

    func response(for request: Request) -> Response {
        guard !isKnown(to: request.headers.known) else { return Response(status: .notModified, headers: headers) }
        return Response(headers: headers, body: .bytes(body))
    }

    /// Whether the client has these bytes already. A compressed copy has a weak tag, which counts as well.
    private func isKnown(to request: HTTPFields) -> Bool {
        guard let header = request[.ifNoneMatch] else { return false }
        return header.split(separator: ",").contains { part in
            let tag = part.filter { $0 != " " }
            return tag == "*" || tag == entityTag || tag == "W/" + entityTag
        }
    }

    private static func contentType(of path: String) -> String {
        guard let dot = path.lastIndex(of: ".") else { return "application/octet-stream" }
        let type = MediaType.getMediaType(forExtension: .init(path[path.index(after: dot)...]))
        guard let name = type?.description else { return "application/octet-stream" }
        let isText = name.hasPrefix("text/") || name.hasSuffix("javascript") || name.hasSuffix("json")
        return isText && !name.contains("charset") ? name + "; charset=utf-8" : name
    }
}
