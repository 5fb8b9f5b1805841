// Mails from templates: three small files for each mail, and three more for each further language.
//
//     welcome.subject    welcome.text    welcome.html          for everybody else
//     welcome.fr.subject welcome.fr.text welcome.fr.html       for those who would rather read French
//
// A mail needs its subject, and text or html. Rendered where the mail is made, so what is wrong with a template is an
// error of the request that sends it, and in the language of the request that is current there.

import NightjarJobs
public import NightjarMail

extension Mail {
    /// Makes a mail from the application's templates.
    ///
    /// ```swift
    /// try await Mail(to: user.email, template: "mail/welcome", ["name": user.name]).send()
    /// ```
    /// `mail/welcome` stands for the templates `mail/welcome.subject`, `mail/welcome.text` and `mail/welcome.html`, and for
    /// `mail/welcome.fr.subject` and so on where there are translations. They can use the values, `{{locale}}`, the language
    /// that was chosen, and `{{baseURL}}`, with which links begin if `BASE_URL` is set. Values are escaped in the html, and
    /// as they are in subject and text.
    ///
    /// - Parameters:
    ///   - from: The author; the default is the configured `MAIL_FROM`.
    ///   - to: Who it is for.
    ///   - cc: Who gets a copy that everyone sees.
    ///   - bcc: Who gets a copy that nobody sees.
    ///   - replyTo: Where answers go.
    ///   - name: What the templates' names begin with.
    ///   - values: What the templates may use, by name.
    ///   - locale: The reader's language; the default is the one ``currentRequest`` prefers.
    ///   - attachments: Files at its end.
    ///   - inline: Files the html refers to as `cid:id`.
    ///   - headers: Further headers.
    /// - Throws: ``TemplateError`` if a template is missing, `MailError` for the first thing that is wrong with the mail,
    ///   ``QueueError/noRunningApp`` outside of an application.
    public init(
        from: (any MailAddresses)? = nil,
        to: any MailAddresses = [MailAddress](),
        cc: any MailAddresses = [MailAddress](),
        bcc: any MailAddresses = [MailAddress](),
        replyTo: any MailAddresses = [MailAddress](),
        template name: String,
        _ values: [String: any Sendable] = [:],
        locale: String? = nil,
        attachments: [MailAttachment] = [],
        inline: [MailInline] = [],
        headers: [String: String] = [:]
    ) throws {
        let request = Request.current
        guard let templates = request?.core.settings.templates ?? RunningQueue.current?.part(Templates.self) else {
            throw QueueError.noRunningApp
        }
        let wanted = locale.map { [$0] } ?? request?.wantedLanguages ?? []
        let template = try MailTemplate(name, wanted: wanted, among: templates)
        var values = values
        values["locale"] = values["locale"] ?? template.locale ?? locale ?? request?.locale ?? "en"
        if let baseURL = request?.baseURL { values["baseURL"] = values["baseURL"] ?? baseURL }
        try self.init(
            from: from,
            to: to,
            cc: cc,
            bcc: bcc,
            replyTo: replyTo,
            // Files end with a line break, and a subject must not.
            subject: templates.text(template.subject, values).trimmingLineEnd(),
            text: template.text.map { try templates.text($0, values) },
            html: template.html.map { try templates.text($0, values) },
            attachments: attachments,
            inline: inline,
            headers: headers
        )
    }
}

/// The templates of one mail in one language.
struct MailTemplate: Equatable {
    let locale: String?
    let subject: String
    let text: String?
    let html: String?

    /// Finds them.
    ///
    /// - Parameters:
    ///   - wanted: The reader's languages, best first.
    /// - Throws: ``TemplateError/unknown(name:known:)`` if there is no subject, or neither text nor html.
    init(_ name: String, wanted: [String], among templates: Templates) throws {
        let names = templates.names
        let locales = names.compactMap { Self.locale(of: $0, in: name) }.sorted {
            $0 == "en" || $1 != "en" && $0 < $1
        }
        // The one without a language is for everybody who reads none of the others.
        let available = (names.contains("\(name).subject") ? [""] : []) + locales
        let best = LanguagePreference.best(of: available, for: wanted) ?? ""
        locale = best.isEmpty ? nil : best
        let stem = best.isEmpty ? name : "\(name).\(best)"
        subject = "\(stem).subject"
        text = names.contains("\(stem).text") ? "\(stem).text" : nil
        html = names.contains("\(stem).html") ? "\(stem).html" : nil
        guard names.contains(subject) else { throw TemplateError.unknown(name: subject, known: names.sorted()) }
        guard text != nil || html != nil else {
            throw TemplateError.unknown(name: "\(stem).text", known: names.sorted())
        }
    }

    /// `fr` of `welcome.fr.subject`; nil for another mail's template, or another part's.
    private static func locale(of template: String, in name: String) -> String? {
        let end = ".subject"
        guard template.hasPrefix(name + "."), template.hasSuffix(end), template.count > name.count + 1 + end.count
        else { return nil }
        let locale = template.dropFirst(name.count + 1).dropLast(end.count)
        return locale.contains(".") ? nil : String(locale)
    }
}

extension String {
    fileprivate func trimmingLineEnd() -> String {
        var text = unicodeScalars[...]
        while let last = text.last, last == "\n" || last == "\r" { text.removeLast() }
        return String(text)
    }
}
