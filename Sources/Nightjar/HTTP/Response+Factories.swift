// The ways to make a response.

public import HTTPTypes
import Hummingbird

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Response {
    /// Plain text.
    public static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "text/plain; charset=utf-8"], body: .text(text))
    }

    /// A page.
    ///
    /// The text is sent as it is: what comes from visitors has to be escaped first, as ``Templates`` do.
    public static func html(_ html: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "text/html; charset=utf-8"], body: .text(html))
    }

    /// A value as JSON; dates are written as ISO 8601.
    ///
    /// - Throws: If the value cannot be encoded.
    public static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let data = try JSONCoders.encoder.encode(value)
        return Response(status: status, headers: [.contentType: "application/json"], body: .bytes(data))
    }

    /// A status without a body.
    public static func empty(_ status: HTTPResponse.Status = .noContent) -> Response {
        Response(status: status)
    }

    /// Sends the client to another address.
    ///
    /// - Parameters:
    ///   - location: A path of this application, or a whole address.
    ///   - status: `.seeOther` (the default) makes the client `GET` it; `.permanentRedirect` and `.temporaryRedirect` keep
    ///     the method.
    ///   - allowingOtherHosts: Whether the address may lead away from this application. Leave it off when any part of the
    ///     address comes from the client.
    /// - Throws: A 400 for an address that leads away without permission, or contains control characters.
    public static func redirect(
        to location: String,
        status: HTTPResponse.Status = .seeOther,
        allowingOtherHosts: Bool = false
    ) throws -> Response {
        let target = try RedirectTarget.check(
            location,
            baseURL: Request.current?.baseURL,
            allowingOtherHosts: allowingOtherHosts
        )
        return Response(status: status, headers: [.location: target])
    }

    /// A body written while it is sent, such as an export that should not lie in memory as a whole.
    ///
    /// ```swift
    /// return .stream(contentType: "text/csv") { writer in
    ///     for try await row in rows { try await writer.write(row.csv) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - contentType: The content type.
    ///   - length: How many bytes will be written, if that is known.
    ///   - write: Writes the body. `currentRequest` works in it. If it throws, the connection is cut, so that the client
    ///     does not take half a body for a whole one.
    public static func stream(
        contentType: String = "application/octet-stream",
        length: Int? = nil,
        _ write: @escaping @Sendable (BodyWriter) async throws -> Void
    ) -> Response {
        Response(headers: [.contentType: contentType], body: .stream(length: length, write))
    }

    /// A file, with entity tag, ranges and conditional requests.
    ///
    /// The path is the application's own: it must not contain what a client sent, unchecked.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - contentType: Its content type, if its extension does not tell.
    ///   - downloadName: The name under which browsers save it; nil lets them show it.
    /// - Returns: The file, or a 404 if there is none when it is about to be sent.
    public static func file(_ path: String, contentType: String? = nil, downloadName: String? = nil) -> Response {
        var response = Response()
        response.resolve = { request in
            var response = try await StaticFile(path: path).respond(to: request)
            if let contentType { response.headers[.contentType] = contentType }
            if let downloadName {
                // RFC 6266: the encoded form carries any name, and nothing in it can end the header.
                response.headers[.contentDisposition] =
                    "attachment; filename*=UTF-8''\(PercentCoding.encode(downloadName))"
            }
            return response
        }
        return response
    }
}

/// Where a redirect may lead. Pure.
enum RedirectTarget {
    /// The location as it goes into the header.
    ///
    /// Browsers take `\` for `/` and drop tabs and line breaks, so `/\evil.example` and `/⇥/evil.example` lead away;
    /// both are refused.
    static func check(_ location: String, baseURL: String?, allowingOtherHosts: Bool) throws -> String {
        guard location.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), !location.isEmpty else {
            throw HTTPProblem(.badRequest, "The address to redirect to contains control characters or spaces.")
        }
        guard allowingOtherHosts || staysHere(location, baseURL: baseURL) else {
            throw HTTPProblem(.badRequest, "The address to redirect to leads away from this site.")
        }
        guard location.utf8.contains(where: { $0 > 0x7F }) else { return location }
        return location.utf8.reduce(into: "") { text, byte in
            if byte > 0x7F {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            } else {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
    }

    private static func staysHere(_ location: String, baseURL: String?) -> Bool {
        guard !location.contains("\\") else { return false }
        if location.hasPrefix("/") { return !location.hasPrefix("//") }
        if let baseURL, location.hasPrefix(baseURL) {
            return ["/", "?", "#"].contains(location.dropFirst(baseURL.count).first ?? "/")
        }
        // A colon before the first slash makes the rest of a relative address a scheme: `javascript:`, `https:evil`.
        return !location.prefix { $0 != "/" && $0 != "?" && $0 != "#" }.contains(":")
    }
}
