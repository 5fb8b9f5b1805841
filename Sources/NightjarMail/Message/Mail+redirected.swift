// MAIL_REDIRECT_TO: everything to one address, for staging systems that hold real addresses.

extension Mail {
    /// The same mail addressed to one mailbox alone.
    ///
    /// The original `To` and `Cc` stay readable as `X-Original-To` and `X-Original-Cc`; original `bcc` addresses are
    /// dropped, since they are never written into a mail. Answers go where they would have gone.
    public func redirected(to mailbox: MailAddress) throws -> Mail {
        var headers = headers.filter { !["x-original-to", "x-original-cc"].contains($0.key.lowercased()) }
        // Bare addresses: a list of names in many scripts would be no list once it is encoded.
        if !to.isEmpty { headers["X-Original-To"] = to.map(\.address).joined(separator: ", ") }
        if !cc.isEmpty { headers["X-Original-Cc"] = cc.map(\.address).joined(separator: ", ") }
        return try Mail(
            from: from,
            to: mailbox,
            replyTo: replyTo,
            subject: subject,
            text: text,
            html: html,
            attachments: attachments,
            inline: inline,
            headers: headers
        )
    }
}
