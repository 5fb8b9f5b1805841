// What may stand where a mail wants addresses: a string, a mailbox, or an array of either.

/// One or more mailboxes, written as is handiest: `"ada@example.org"`, `["a@example.org", "b@example.org"]`.
public protocol MailAddresses {
    /// The mailboxes.
    ///
    /// - Throws: `MailError` for the first one that is not a mailbox.
    func mailAddresses() throws -> [MailAddress]
}

extension MailAddress: MailAddresses {
    /// This mailbox.
    public func mailAddresses() -> [MailAddress] { [self] }
}

extension String: MailAddresses {
    /// The one mailbox this string stands for.
    public func mailAddresses() throws -> [MailAddress] { [try MailAddress(self)] }
}

extension Array: MailAddresses where Element: MailAddresses {
    /// The mailboxes of all elements, in order.
    public func mailAddresses() throws -> [MailAddress] { try flatMap { try $0.mailAddresses() } }
}
