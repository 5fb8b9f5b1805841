import Foundation
import Testing

@testable import NightjarMail

@Suite("A real mail server")
struct SMTPServerTests {
    private func transport(
        _ server: PythonServer,
        host: String = "localhost",
        scheme: String = "smtp",
        user: String? = nil,
        patience: Duration = .seconds(30),
        _ options: String = ""
    ) throws -> SMTPTransport {
        let certificate = try Certificate.shared.get().certificate
        let login = user.map { $0 + "@" } ?? ""
        let text = "\(scheme)://\(login)\(host):\(server.port)?ca=\(certificate)\(options)"
        guard case .smtp(var configuration) = try MailRoute(text) else { throw SetupError(description: text) }
        configuration.timeouts.command = patience
        return SMTPTransport(configuration)
    }

    @Test("a mail arrives byte for byte, under our name, for every recipient and for nobody else")
    func plain() async throws {
        let server = try await PythonServer()
        let mail = try Mail(to: "a@example.org", bcc: "b@example.org", subject: "Grüße", text: ".\n..\nFrom x\n")
        let message = try MailMessage(mail, defaultAuthor: MailAddress("robot@example.org"))
        let transport = try transport(server, "&ehlo=web.example.org")
        let report = try await transport.deliver(message.encoded(), to: message.envelope)
        #expect(report.delivered.map(\.address) == ["a@example.org", "b@example.org"])
        let event = try #require(await server.events("mail").first)
        #expect(event.content == Data(message.encoded()))
        #expect(event.sender == "robot@example.org")
        #expect(event.recipients == ["a@example.org", "b@example.org"])
        #expect(event.hello == "web.example.org")
        #expect(event.tls == false)
        #expect(event.options == ["SIZE=\(message.encoded().count)"])
        await transport.close()
    }

    @Test("STARTTLS and TLS from the start carry mail", arguments: [PythonServer.Protection.starttls, .smtps])
    func secure(protection: PythonServer.Protection) async throws {
        let server = try await PythonServer(protection)
        let isTLS = protection == .smtps
        let transport = try transport(server, scheme: isTLS ? "smtps" : "smtp", isTLS ? "" : "&starttls=required")
        let report = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
        #expect(report.delivered.count == 1)
        #expect(await server.events("mail").first?.tls == true)
    }

    @Test(
        "the user signs in with what the server offers",
        arguments: [(["PLAIN"], "auto"), (["LOGIN"], "auto"), (["LOGIN", "PLAIN"], "login"), (["XOAUTH2"], "xoauth2")]
    )
    func signIn(mechanisms: [String], method: String) async throws {
        let server = try await PythonServer(.starttls, mechanisms: mechanisms, password: "s3cr:t@/")
        let transport = try transport(server, user: "ada:s3cr%3At%40%2F", "&starttls=required&auth=\(method)")
        let report = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
        #expect(report.delivered.count == 1, "\(report.allText)")
        let sign = try #require(await server.events("auth").first)
        #expect(sign.mechanism == (method == "auto" ? mechanisms[0] : method.uppercased()))
        #expect(sign.success == true)
        #expect(!report.allText.contains("s3cr"))
    }

    @Test(
        "wrong credentials pause the queue and are not shown",
        arguments: [("PLAIN", "auto"), ("LOGIN", "auto"), ("XOAUTH2", "xoauth2"), ("PLAIN", "login")]
    )
    func wrongPassword(mechanism: String, method: String) async throws {
        let server = try await PythonServer(.starttls, mechanisms: [mechanism])
        let transport = try transport(server, user: "ada:hunter2", "&starttls=required&auth=\(method)")
        let report = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
        #expect(report.pause != nil, "\(report.allText)")
        for form in ["hunter2", "aHVudGVyMg==", "AGFkYQBodW50ZXIy"] { #expect(!report.allText.contains(form)) }
        #expect(server.soFar("mail").isEmpty)
    }

    @Test("a server that wants a sign-in pauses the queue when we have none")
    func noPassword() async throws {
        let server = try await PythonServer(mechanisms: ["PLAIN"])
        let report = try await transport(server).deliver(sampleMail, to: .sample("a@example.org"))
        #expect(report.pause?.contains("530") ?? false)
    }

    @Test("a certificate of another name, an unknown one, and a missing STARTTLS pause the queue")
    func certificates() async throws {
        let server = try await PythonServer(.starttls)
        let envelope = try MailEnvelope.sample("a@example.org")
        let wrongName = try transport(server, host: "127.0.0.1", "&starttls=required")
        #expect(try await wrongName.deliver(sampleMail, to: envelope).pause?.contains("not secure") ?? false)
        let unknown = try #require(try? MailRoute("smtp://localhost:\(server.port)?starttls=required"))
        guard case .smtp(let configuration) = unknown else { return }
        let report = try await SMTPTransport(configuration).deliver(sampleMail, to: envelope)
        #expect(report.pause?.contains("not secure") ?? false)
        let open = try await PythonServer()
        let stripped = try await transport(open, user: "ada:hunter2", "&starttls=required").deliver(
            sampleMail, to: envelope)
        #expect(stripped.pause?.contains("STARTTLS") ?? false)
        #expect(server.soFar("mail").isEmpty && open.soFar("mail").isEmpty && open.soFar("auth").isEmpty)
    }

    @Test("a temporary refusal is tried again and then goes through; the others are not kept waiting")
    func temporary() async throws {
        let server = try await PythonServer()
        let transport = try transport(server)
        let envelope = try MailEnvelope.sample("a@example.org", "temp-once@example.org", "gone@example.org")
        let first = try await transport.deliver(sampleMail, to: envelope)
        #expect(first.outcomes.map(\.kind) == ["delivered", "retry", "refused"])
        #expect(first.unfinished.map(\.address) == ["temp-once@example.org"])
        #expect(first.refused.first?.outcome.reason.contains("550 5.1.1 no such user") ?? false)
        let second = try await transport.deliver(sampleMail, to: envelope.only(first.unfinished))
        #expect(second.outcomes.map(\.kind) == ["delivered"])
        let mails = await server.events("mail", atLeast: 2)
        #expect(mails.map(\.recipients) == [["a@example.org"], ["temp-once@example.org"]])
    }

    @Test(
        "what the server does with a mail becomes its outcome",
        arguments: [
            ("gone@example.org", "refused"), ("temp-once@example.org", "retry"), ("data-temp@example.org", "retry"),
            ("data-gone@example.org", "refused"), ("drop@example.org", "retry"), ("drop-data@example.org", "ambiguous"),
            ("slow@example.org", "retry"), ("slow-data@example.org", "ambiguous"),
        ]
    )
    func outcomes(recipient: String, expected: String) async throws {
        let server = try await PythonServer()
        let transport = try transport(server, patience: recipient.hasPrefix("slow") ? .seconds(1) : .seconds(30))
        let report = try await transport.deliver(sampleMail, to: .sample(recipient))
        #expect(report.outcomes.map(\.kind) == [expected], "\(report.allText)")
    }

    @Test("after a failure the same transport delivers the next mail")
    func recovery() async throws {
        let server = try await PythonServer()
        let transport = try transport(server, "&connections=1")
        for bad in ["gone@example.org", "drop@example.org", "data-gone@example.org", "drop-data@example.org"] {
            _ = try await transport.deliver(sampleMail, to: .sample(bad))
            let report = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
            #expect(report.delivered.count == 1, "after \(bad): \(report.allText)")
        }
    }

    @Test("mails share connections, and no more are open than allowed")
    func reuse() async throws {
        let server = try await PythonServer()
        let transport = try transport(server, "&connections=3")
        try await withThrowingTaskGroup(of: MailReport.self) { group in
            for index in 0..<60 {
                group.addTask { try await transport.deliver(sampleMail, to: .sample("a\(index)@example.org")) }
            }
            for try await report in group { #expect(report.delivered.count == 1) }
        }
        let mails = await server.events("mail", atLeast: 60)
        #expect(Set(mails.compactMap { $0.recipients?.first }).count == 60)
        #expect(Set(mails.compactMap(\.connection)).count <= 3)
        await transport.close()
    }

    @Test("a big mail with dots in front of its lines arrives whole")
    func big() async throws {
        let server = try await PythonServer()
        var generator = SeededGenerator.printed("a big mail with dots")
        var body = "Subject: dots\r\n\r\n"
        while body.utf8.count < 400_000 {
            body += String(repeating: ".", count: Int.random(in: 0...3, using: &generator))
            body += String(repeating: "x", count: Int.random(in: 0...70, using: &generator)) + "\r\n"
        }
        let message = Array(body.utf8)
        let report = try await transport(server).deliver(message, to: .sample("a@example.org"))
        #expect(report.delivered.count == 1, "\(report.allText)")
        #expect(await server.events("mail").first?.content == Data(message))
    }

    @Test("cancelling a delivery that waits for the server ends it")
    func cancelled() async throws {
        let server = try await PythonServer()
        let certificate = try Certificate.shared.get().certificate
        guard
            case .smtp(var configuration) = try MailRoute(
                "smtp://localhost:\(server.port)?ca=\(certificate)&connections=1")
        else { return }
        configuration.timeouts.command = .seconds(300)
        let transport = SMTPTransport(configuration)
        let afterDot = Task { try await transport.deliver(sampleMail, to: .sample("slow-data@example.org")) }
        _ = await server.events("mail")
        let queued = Task { try await transport.deliver(sampleMail, to: .sample("a@example.org")) }
        queued.cancel()
        await #expect(throws: CancellationError.self) { try await queued.value }
        afterDot.cancel()
        #expect(try await afterDot.value.outcomes.map(\.kind) == ["ambiguous"])
    }
}
