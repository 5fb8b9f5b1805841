// Why a mail cannot be built, or a setting for mail cannot be used.
//
// The sentence names the field, shows the value made harmless (control characters escaped, cut at 80 characters) and
// says what to do. No sentence ever holds a password: values from MAIL_URL are not quoted at all.

/// What is wrong with a mail or with a mail setting, as a sentence to act on.
public struct MailError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the error is about.
    public enum Kind: Hashable, Sendable {
        /// An address that is not one.
        case address
        /// A header's name or value, the subject included.
        case header
        /// Text, html, attachments or inline parts.
        case content
        /// `MAIL_URL`, `MAIL_FROM` or `MAIL_REDIRECT_TO`.
        case configuration
    }

    /// What the error is about.
    public let kind: Kind

    /// The sentence.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// A value from outside, made fit for a sentence.
func quoted(_ value: String) -> String {
    var shown = ""
    for scalar in value.unicodeScalars.prefix(80) {
        shown += isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return "“\(shown)\(value.unicodeScalars.count > 80 ? "…" : "")”"
}
