// A password that does not show itself, and the mask for texts that came from a server we told it to.

import Foundation

/// A password or token. Printing, logging, dumping or interpolating it shows that it is there, not what it is.
public struct MailSecret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let value: String

    /// Hides a text.
    public init(_ value: String) { self.value = value }

    /// Says that something is hidden here.
    public var description: String { "[hidden]" }

    /// Says that something is hidden here.
    public var debugDescription: String { "[hidden]" }

    /// Shows nothing to `dump` and debuggers' summaries.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Removes a password from texts, in the forms in which SMTP carries it. Servers do echo what they do not understand.
struct SecretMask: Sendable {
    private let secrets: [String]

    init(user: String, secret: String) {
        let forms = [
            "\0\(user)\0\(secret)",
            "user=\(user)\u{1}auth=Bearer \(secret)\u{1}\u{1}",
            secret,
        ]
        let encoded = forms.map { Base64Lines.string(Array($0.utf8)) }
        let escaped = secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? secret
        secrets = Set(encoded + [secret, escaped]).filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    }

    init() { secrets = [] }

    func applied(to text: String) -> String {
        secrets.reduce(text) { $0.replacingOccurrences(of: $1, with: "[hidden]", options: .caseInsensitive) }
    }
}
