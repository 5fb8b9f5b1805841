// The cookies a client sent. They are read from the header on demand, and a job never has any: a queue's storage is no
// place for a session.

import HTTPTypes

/// The cookies of a request, by name.
public struct RequestCookies: Sendable {
    let headers: HTTPFields?

    /// A cookie's value, or nil if the client did not send it. Surrounding double quotes are removed.
    ///
    /// - Throws: ``RequestError/notCarried(_:)`` in a job.
    public subscript(name: String) -> String? {
        get throws {
            guard let headers else { throw RequestError.notCarried("the cookie \(name)") }
            for header in headers[values: .cookie] {
                for pair in header.utf8.split(separator: UInt8(ascii: ";")) {
                    guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
                    guard trimmed(pair[..<equals]) == name else { continue }
                    let value = trimmed(pair[pair.index(after: equals)...])
                    guard value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") else { return value }
                    return String(value.dropFirst().dropLast())
                }
            }
            return nil
        }
    }

    private func trimmed(_ bytes: Substring.UTF8View) -> String {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = bytes.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(Substring(start[...last]))
    }
}
