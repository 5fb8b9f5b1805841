// A mail as its author thinks of it, checked when it is built.
//
//     Mail ──stamp──► MailMessage (Message-ID, Date, sender fixed) ──MIMEEncoder──► bytes ──MailTransport──► outcomes
//
// An instance is proof that every header-bound value is one line, every address is one mailbox, and the html finds the
// pictures it shows. Decoding goes through the same checks.

/// A mail: to whom, about what, and what it says.
///
/// ```swift
/// let mail = try Mail(
///     to: "Ada Lovelace <ada@example.org>",
///     subject: "Grüße",
///     text: "Hello Ada"
/// )
/// ```
public struct Mail: Hashable, Sendable {
    /// The author; nil for the configured `MAIL_FROM`.
    public let from: MailAddress?
    /// Who it is for.
    public let to: [MailAddress]
    /// Who gets a copy that everyone sees.
    public let cc: [MailAddress]
    /// Who gets a copy that nobody sees: part of the envelope, never written into the mail.
    public let bcc: [MailAddress]
    /// Where answers go, when not to the author.
    public let replyTo: [MailAddress]
    /// What it is about; one line of any script.
    public let subject: String
    /// The text; when there is html only, a text is made from it.
    public let text: String?
    /// The html.
    public let html: String?
    /// Files at the end.
    public let attachments: [MailAttachment]
    /// Files the html shows with `cid:`.
    public let inline: [MailInline]
    /// Further headers, written in the order of their names.
    public let headers: [String: String]

    /// Checks and holds a mail.
    ///
    /// - Parameters:
    ///   - from: The author; the default is the configured `MAIL_FROM`.
    ///   - to: Who it is for. A string is one mailbox; give several as an array.
    ///   - cc: Who gets a copy that everyone sees.
    ///   - bcc: Who gets a copy that nobody sees.
    ///   - replyTo: Where answers go.
    ///   - subject: One line, any script.
    ///   - text: The text. Text, html or both must be there.
    ///   - html: The html. Without a text, one is made from it for readers who show no html.
    ///   - attachments: Files at its end.
    ///   - inline: Files the html refers to as `cid:id`; each must be referred to, and each reference must be met.
    ///   - headers: Further headers, such as `List-Unsubscribe`; not those made from the mail's own fields.
    /// - Throws: `MailError` for the first thing that is wrong. Nothing is stripped or repaired in silence.
    public init(
        from: (any MailAddresses)? = nil,
        to: any MailAddresses = [MailAddress](),
        cc: any MailAddresses = [MailAddress](),
        bcc: any MailAddresses = [MailAddress](),
        replyTo: any MailAddresses = [MailAddress](),
        subject: String,
        text: String? = nil,
        html: String? = nil,
        attachments: [MailAttachment] = [],
        inline: [MailInline] = [],
        headers: [String: String] = [:]
    ) throws {
        let authors = try from?.mailAddresses() ?? []
        guard authors.count <= 1 else {
            throw MailError(.address, "A mail has one author, and “from” names \(authors.count).")
        }
        self.from = authors.first
        self.to = try to.mailAddresses()
        self.cc = try cc.mailAddresses()
        self.bcc = try bcc.mailAddresses()
        self.replyTo = try replyTo.mailAddresses()
        self.subject = subject
        self.text = text
        self.html = html
        self.attachments = attachments
        self.inline = inline
        self.headers = headers
        try check()
    }

    /// Everyone it goes to, each mailbox once, in the order to, cc, bcc.
    public var recipients: [MailAddress] {
        var seen: Set<String> = []
        return (to + cc + bcc).filter { seen.insert($0.mailbox).inserted }
    }

    private func check() throws {
        guard !to.isEmpty || !cc.isEmpty || !bcc.isEmpty else {
            throw MailError(.address, "The mail \(quoted(subject)) has no recipient in to, cc or bcc.")
        }
        try HeaderRules.check(subject, "The subject")
        guard text != nil || html != nil else {
            throw MailError(.content, "The mail \(quoted(subject)) has neither text nor html.")
        }
        try ContentIDs.check(html: html, inline: inline)
        var names: Set<String> = []
        for (name, value) in headers {
            try HeaderRules.checkExtra(name: name, value: value)
            guard names.insert(name.lowercased()).inserted else {
                throw MailError(.header, "The header \(name) is given twice, in different capitals.")
            }
        }
    }
}

extension Mail: Codable {
    private enum CodingKeys: String, CodingKey {
        case from, to, cc, bcc, replyTo, subject, text, html, attachments, inline, headers
    }

    /// Reads and checks a mail.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func list<Element: Decodable>(_ key: CodingKeys) throws -> [Element] {
            try values.decodeIfPresent([Element].self, forKey: key) ?? []
        }
        let addresses: (CodingKeys) throws -> [MailAddress] = { try list($0) }
        try self.init(
            from: values.decodeIfPresent(MailAddress.self, forKey: .from),
            to: addresses(.to),
            cc: addresses(.cc),
            bcc: addresses(.bcc),
            replyTo: addresses(.replyTo),
            subject: values.decode(String.self, forKey: .subject),
            text: values.decodeIfPresent(String.self, forKey: .text),
            html: values.decodeIfPresent(String.self, forKey: .html),
            attachments: list(.attachments),
            inline: list(.inline),
            headers: values.decodeIfPresent([String: String].self, forKey: .headers) ?? [:]
        )
    }

    /// Writes what is there; an empty field adds no bytes.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        func list(_ elements: [some Encodable], _ key: CodingKeys) throws {
            if !elements.isEmpty { try values.encode(elements, forKey: key) }
        }
        try values.encodeIfPresent(from, forKey: .from)
        try list(to, .to)
        try list(cc, .cc)
        try list(bcc, .bcc)
        try list(replyTo, .replyTo)
        try values.encode(subject, forKey: .subject)
        try values.encodeIfPresent(text, forKey: .text)
        try values.encodeIfPresent(html, forKey: .html)
        try list(attachments, .attachments)
        try list(inline, .inline)
        if !headers.isEmpty { try values.encode(headers, forKey: .headers) }
    }
}
