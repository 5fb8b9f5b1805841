// The mails that would have been sent, in a browser on the same machine.
//
//     GET /_nightjar/mail                    the list, and the newest mail
//     GET /_nightjar/mail/:name              one mail: ?view=html, text or headers
//     GET /_nightjar/mail/:name/html         its html alone, for the frame
//     GET /_nightjar/mail/:name/files/:index an attachment
//     GET /_nightjar/mail/:name/source       the whole mail as a file
//     GET /_nightjar/mail/events             says when there is another mail
//
// There are no such routes when mails leave this machine. A mail's html is foreign: it is shown in a frame without
// scripts, forms or an origin, and says so itself in case somebody opens it on its own.

import Foundation
import HTTPTypes
import NightjarMail
import NightjarResources

struct MailPreview: Sendable {
    static let path = "/_nightjar/mail"

    let outbox: Outbox

    func mount(on app: App) {
        app.group(Self.path) { mail in
            mail.use(LocalOnly(trustsProxies: app.configuration.trustedProxies != .none))
            mail.asset("/mail.css", NightjarResources.mailStyle)
            mail.asset("/mail.js", NightjarResources.mailScript)
            mail.get("") { request in try await page(for: nil, request) }
            mail.get("/events") { _ in Response.events(news()) }
            mail.get("/:name") { request in try await page(for: request.parameters["name"], request) }
            mail.get("/:name/html") { request in try html(of: request.parameters["name"]) }
            mail.get("/:name/files/:index") { request in
                try file(of: request.parameters["name"], request.parameters.require("index", as: Int.self))
            }
            mail.get("/:name/source") { request in try source(of: request.parameters["name"]) }
        }
    }

    private func page(for name: String?, _ request: Request) async throws -> Response {
        let list = outbox.summaries()
        let mail =
            try name.map { name in try KeptLetter(name, find(name)) }
            ?? list.first.flatMap { newest in outbox.mail(newest.name).map { KeptLetter(newest.name, $0) } }
        let page = MailPage(
            list: list, letter: mail, wanted: try request.query["view"], isIndex: name == nil,
            folder: outbox.directory.path)
        return try await Self.templates.render("mail", page, for: request)
    }

    private func html(of name: String) throws -> Response {
        guard let html = try find(name).html else { throw HTTPProblem(.notFound, "This mail has no html.") }
        // Last, so that a document keeps its first line; links would otherwise open inside the frame.
        return .html(html + "<base target=\"_blank\">").header(.contentSecurityPolicy, Self.foreign)
    }

    private func file(of name: String, _ index: Int) throws -> Response {
        let files = try find(name).message.mail.attachments
        guard files.indices.contains(index) else { throw HTTPProblem(.notFound, "This mail has no such file.") }
        return download(files[index].bytes, files[index].contentType, named: files[index].name)
    }

    private func source(of name: String) throws -> Response {
        download(try find(name).message.encoded(), "message/rfc822", named: "mail.eml")
    }

    private func download(_ bytes: [UInt8], _ contentType: String, named name: String) -> Response {
        let headers: HTTPFields = [
            .contentType: contentType,
            .contentDisposition: "attachment; filename*=UTF-8''\(PercentCoding.encode(name))",
            .contentSecurityPolicy: Self.foreign,
        ]
        return Response(headers: headers, body: .bytes(bytes))
    }

    private func find(_ name: String) throws -> KeptMail {
        guard let mail = outbox.mail(name) else {
            throw HTTPProblem(.notFound, "This mail is not kept any more; the newest hundred are.")
        }
        return mail
    }

    /// The newest mail's name, whenever it is another. The folder is looked at, because workers are other processes; and
    /// only as long as somebody has the page open.
    private func news() -> AsyncThrowingStream<ServerSentEvent, any Error> {
        let seen = Seen()
        return AsyncThrowingStream {
            while true {
                let newest = outbox.names().first ?? ""
                if await seen.changes(to: newest) { return ServerSentEvent(data: newest, event: "newest") }
                try await Task.sleep(for: .milliseconds(400))
            }
        }
    }

    private actor Seen {
        private var latest: String?

        func changes(to name: String) -> Bool {
            defer { latest = name }
            return latest != name
        }
    }

    /// What a mail's own content may do: be looked at, and open its links elsewhere.
    private static let foreign =
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data: https: http:; "
        + "style-src 'unsafe-inline' https: http:; font-src data: https: http:; frame-ancestors 'self'"

    /// A test reads it, so that it cannot be malformed in a release.
    static let templates: Templates = {
        let templates = Templates()
        try? templates.add("mail", NightjarResources.mailPage)
        return templates
    }()
}
