import Foundation
import NightjarMail
import Synchronization
import Testing

@testable import Nightjar

/// Mails from templates, and the language they speak.
@Suite struct MailTemplateTests {
    private func add(to app: App) throws {
        try app.templates.add("hi.subject", "Hi {{name}}\n")
        try app.templates.add("hi.text", "Hi {{name}}. {{locale}}")
        try app.templates.add("hi.html", "<b>Hi {{name}}</b>")
        try app.templates.add("hi.fr.subject", "Salut {{name}}")
        try app.templates.add("hi.fr.text", "Salut {{name}}. {{locale}}")
        try app.templates.add("bad.subject", "{{name}}")
    }

    /// What a request that sends a mail leaves behind.
    private func sent(
        _ headers: [String: String] = [:], name: String = "Ada", template: String = "hi", inJob: Bool = false,
        locale: String? = nil, chosen: String? = nil
    ) async throws -> (status: Int, body: String, mail: String?, jobs: Int) {
        try await withRunningApp { app in
            try add(to: app)
            try app.register(Act.self)
            app.get("/send") { request in
                let act = Act { _ in
                    try await Mail(to: "a@example.org", template: template, ["name": name], locale: locale).send()
                    return ""
                }
                return try await Request.$current.withValue(chosen.map { request.with(locale: $0) } ?? request) {
                    if inJob {
                        _ = try await background(act).value
                    } else {
                        try await Mail(to: "a@example.org", template: template, ["name": name], locale: locale).send()
                    }
                    return "sent"
                }
            }
        } _: { app, port in
            let answer = try await ask(port, "/send", headers: headers)
            let transport = try #require(app.mailer.transport as? MemoryTransport)
            let jobs = try await app.queue.list(JobFilter(queue: "mail")).count
            let mail = jobs > 0 ? await transport.deliveries(atLeast: 1).first : nil
            return (answer.status, answer.text, mail.map { String(decoding: $0.message, as: UTF8.self) }, jobs)
        }
    }

    @Test("the mail is in the language the browser prefers, in a job as well", arguments: [false, true])
    func language(inJob: Bool) async throws {
        let french = try await sent(["accept-language": "fr-CH,en;q=0.5"], inJob: inJob)
        #expect(french.mail?.contains("Subject: Salut Ada\r\n") ?? false)
        #expect(french.mail?.contains("Salut Ada. fr") ?? false)
        let other = try await sent(["accept-language": "de"], inJob: inJob)
        #expect(other.mail?.contains("Subject: Hi Ada\r\n") ?? false)
    }

    @Test(
        "the language that was chosen for the visitor, or for the mail, wins over the browser's",
        arguments: [false, true])
    func chosen(inJob: Bool) async throws {
        let visitor = try await sent(["accept-language": "en"], inJob: inJob, chosen: "fr")
        #expect(visitor.mail?.contains("Salut") ?? false)
        let mail = try await sent(["accept-language": "en"], inJob: inJob, locale: "fr")
        #expect(mail.mail?.contains("Salut") ?? false)
    }

    @Test("values are escaped in the html, and as they are in subject and text")
    func escaping() async throws {
        let mail = try #require(try await sent(name: "A & <b>").mail)
        #expect(mail.contains("Subject: Hi A & <b>\r\n"))
        #expect(mail.contains("Hi A & <b>. en"))
        #expect(mail.contains("<b>Hi A &amp; &lt;b&gt;</b>"))
    }

    @Test("a missing template, or a value that breaks a header, is an error of the request, and no job is made")
    func errors() async throws {
        for (name, template, part) in [
            ("Ada", "none", "none.subject"), ("Ada", "bad", "bad.text"), ("A\nB", "hi", "line break"),
        ] {
            let answer = try await sent(name: name, template: template)
            #expect(answer.status == 500 && answer.body.contains(part), "\(answer.body)")
            #expect(answer.jobs == 0)
        }
    }

    @Test("a template that is no html is no page either")
    func plainPage() async throws {
        let templates = try RequestSettings().templates
        try templates.add("hi.text", "{{x}}")
        let response = try await withRunningApp { app in
            app.get("/") { request in try await templates.render("hi.text", ["x": "<script>"], for: request) }
        } _: { _, port in
            try await ask(port, "/")
        }
        #expect(response["content-type"] == "text/plain; charset=utf-8")
        #expect(response.text == "<script>")
    }
}
