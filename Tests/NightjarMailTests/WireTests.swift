import Foundation
import Synchronization
import Testing

@testable import NightjarMail

@Suite("The bytes on the wire")
struct WireTests {
    private func transport(
        _ server: RawServer, _ prepare: (inout SMTPConfiguration) -> Void = { _ in }
    ) -> SMTPTransport {
        var configuration = SMTPConfiguration(host: "127.0.0.1", port: server.port, security: .none)
        configuration.helloName = "me.example.org"
        prepare(&configuration)
        return SMTPTransport(configuration)
    }

    /// What a conversation about one mail must look like, to the byte.
    private func expected(_ message: String, size: Int?, recipients: [String] = ["a@example.org"]) -> String {
        "EHLO me.example.org\r\nMAIL FROM:<robot@example.org>\(size.map { " SIZE=\($0)" } ?? "")\r\n"
            + recipients.map { "RCPT TO:<\($0)>\r\n" }.joined() + "DATA\r\n\(message).\r\nQUIT\r\n"
    }

    private func sent(_ message: String, _ recipients: String...) async throws -> String {
        let server = try RawServer()
        defer { server.stop() }
        let transport = transport(server)
        let people = try recipients.map { try MailAddress($0) }
        let envelope = try MailEnvelope(sender: MailAddress("robot@example.org"), recipients: people, messageID: "x@y")
        let report = try await transport.deliver(Array(message.utf8), to: envelope)
        #expect(report.delivered.count == recipients.count, "\(report.allText)")
        await transport.close()
        return server.received.joined(separator: "|")
    }

    @Test("a mail is these bytes and no others")
    func exact() async throws {
        let message = "Subject: x\r\n\r\nHello\r\n"
        let wire = try await sent(message, "a@example.org", "\"b c@d\"@example.org")
        #expect(
            wire == expected(message, size: message.utf8.count, recipients: ["a@example.org", "\"b c@d\"@example.org"]))
    }

    @Test("dots in front of a line are doubled")
    func dots() async throws {
        let wire = try await sent(".first\r\n\r\n.\r\n..\r\na.\r\n.b\r\n", "a@example.org")
        #expect(wire == expected("..first\r\n\r\n..\r\n...\r\na.\r\n..b\r\n", size: nil))
    }

    @Test(
        "a body that ends the mail and begins another stays one mail",
        arguments: [
            "\n.\nMAIL FROM:<eve@example.org>\nRCPT TO:<b@example.org>\nDATA\nx\n",
            "\r\n.\r\nMAIL FROM:<eve@example.org>\r\n", "\n.\r\nMAIL FROM:<eve@example.org>\r\n",
            "\r.\rMAIL FROM:<eve@example.org>\r", "\r\n.\nMAIL FROM:<eve@example.org>",
            "\r\r\n.\r\r\nMAIL FROM:<eve@example.org>",
        ]
    )
    func smuggling(body: String) async throws {
        // Raw, as a transport may be given anything.
        let raw = try await sent("Subject: x\r\n\r\n" + body, "a@example.org")
        #expect(raw.components(separatedBy: "\r\n.\r\n").count == 2, "one end of mail")
        let withoutPairs = raw.replacing("\r\n", with: "")
        #expect(!withoutPairs.contains("\r") && !withoutPairs.contains("\n"), "no lone CR or LF")
        #expect(raw.hasSuffix("\r\n.\r\nQUIT\r\n"))
        // As a mail, where the dots are written out.
        let mail = try Mail(to: "a@example.org", subject: "s", text: body, html: body)
        let message = String(decoding: try mail.bytes(), as: UTF8.self)
        let wire = try await sent(message, "a@example.org")
        #expect(wire == expected(message, size: message.utf8.count))
    }

    @Test("whatever is tried in any part of a mail, it throws or the wire carries that mail, to its recipients alone")
    func hostile() async throws {
        var generator = SeededGenerator.printed("whatever is tried in any part of a mail")
        let server = try RawServer()
        defer { server.stop() }
        let transport = transport(server) { $0.connections = 1 }
        let robot = try MailAddress("robot@example.org")
        var wire = ""
        var sent = 0
        for _ in 0..<400 {
            guard let mail = try? Texts.hostileMail(using: &generator) else { continue }
            let message = try MailMessage(mail, defaultAuthor: robot)
            let bytes = message.encoded()
            let report = try await transport.deliver(bytes, to: message.envelope)
            #expect(report.delivered.count == mail.recipients.count, "\(report.allText)")
            wire += "MAIL FROM:<robot@example.org> SIZE=\(bytes.count)\r\n"
            wire += mail.recipients.map { "RCPT TO:<\($0.address)>\r\n" }.joined()
            wire += "DATA\r\n" + String(decoding: bytes, as: UTF8.self) + ".\r\n"
            sent += 1
            for (name, _) in LogTransport.headers(of: bytes) {
                #expect(Texts.headersOfAMail.contains(name.lowercased()), "the header \(name)")
            }
        }
        await transport.close()
        // On a machine that is busy a connection may have rested for too long, and the next mail began another.
        let (hello, goodbye) = ("EHLO me.example.org\r\n", "\r\nQUIT\r\n")
        #expect(server.received.allSatisfy { $0.hasPrefix(hello) && $0.hasSuffix(goodbye) })
        #expect(server.received.map { $0.dropFirst(hello.count).dropLast(goodbye.count) + "\r\n" }.joined() == wire)
        #expect((50..<350).contains(sent), "\(sent) of 400 were mails; some of each kind make the test worth it")
    }

    @Test("a connection lost after the final dot is ambiguous, and the next attempt sends the same bytes")
    func lostAnswer() async throws {
        let server = try RawServer { command, connection in
            command == "." && connection == 0 ? .hangUp : RawServer.obliging(command)
        }
        defer { server.stop() }
        let transport = transport(server)
        let mail = try Mail(
            to: "a@example.org", subject: "s", text: "t", attachments: [MailAttachment(name: "a", bytes: [1])])
        let message = try MailMessage(mail, defaultAuthor: MailAddress("robot@example.org"))
        let stored = try JSONEncoder().encode(message)
        let first = try await transport.deliver(message.encoded(), to: message.envelope)
        #expect(first.ambiguous.count == 1, "\(first.allText)")
        let again = try JSONDecoder().decode(MailMessage.self, from: stored)
        let second = try await transport.deliver(again.encoded(), to: again.envelope.only(first.unfinished))
        #expect(second.delivered.count == 1, "\(second.allText)")
        await transport.close()
        #expect(server.received.count == 2)
        #expect(server.received[0] + "QUIT\r\n" == server.received[1])
        #expect(server.received[0].contains("Message-ID: <\(message.stamp.messageID)>\r\n"))
    }

    @Test(
        "each way a server can fail has its outcome",
        arguments: [
            ("GREETING", .hangUp, "retry"), ("GREETING", .sayAndHangUp("421 busy"), "retry"),
            ("GREETING", .sayAndHangUp("554 go away"), "retry"), ("GREETING", .silence, "retry"),
            ("EHLO", .hangUp, "retry"), ("MAIL", .hangUp, "retry"), ("MAIL", .say("550 not you"), "refused"),
            ("MAIL", .say("421 bye"), "retry"), ("RCPT", .silence, "retry"), ("DATA", .hangUp, "retry"),
            ("DATA", .say("451 later"), "retry"), ("DATA", .say("554 no"), "refused"), (".", .hangUp, "ambiguous"),
            (".", .silence, "ambiguous"), (".", .say("451 later"), "retry"), (".", .say("550 spam"), "refused"),
            (".", .say("251 fine too"), "delivered"), ("RCPT", .say("251 will forward"), "delivered"),
            ("RCPT", .say("nonsense"), "retry"),
        ] as [(String, RawServer.Answer, String)]
    )
    func failures(step: String, answer: RawServer.Answer, expected: String) async throws {
        let server = try RawServer { command, _ in
            command.uppercased().hasPrefix(step) ? answer : RawServer.obliging(command)
        }
        defer { server.stop() }
        let isNoAnswer =
            switch answer {
            case .silence, .say("nonsense"): true
            default: false
            }
        let transport = transport(server) {
            if isNoAnswer { ($0.timeouts.connect, $0.timeouts.command) = (.seconds(1), .seconds(1)) }
        }
        let report = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
        #expect(report.outcomes.map(\.kind) == [expected], "\(report.allText)")
        #expect(!(report.outcomes.first?.reason.isEmpty ?? true))
    }

    @Test("a server that is not there, and a name that is none, are tried again")
    func absent() async throws {
        let server = try RawServer()
        server.stop()
        let refused = try await transport(server).deliver(sampleMail, to: .sample("a@example.org"))
        #expect(refused.outcomes.map(\.kind) == ["retry"])
        let nowhere = transport(server) {
            $0.host = "mail.invalid"
            $0.timeouts.connect = .seconds(5)
        }
        #expect(try await nowhere.deliver(sampleMail, to: .sample("a@example.org")).outcomes.map(\.kind) == ["retry"])
    }

    @Test("TLS that meets a server without it pauses the queue; a hang-up during the handshake is tried again")
    func handshake() async throws {
        let plain = try RawServer()
        defer { plain.stop() }
        let report = try await transport(plain) {
            $0.security = .tls; $0.timeouts.connect = .seconds(2)
        }
        .deliver(sampleMail, to: .sample("a@example.org"))
        #expect(report.outcomes.map(\.kind) == ["pauseQueue"], "\(report.allText)")
        let server = try RawServer { command, _ in
            switch command.prefix(4) {
            case "EHLO": .say("250-raw\r\n250 STARTTLS")
            case "STAR": .sayAndHangUp("220 go on")
            default: RawServer.obliging(command)
            }
        }
        defer { server.stop() }
        let cut = try await transport(server) { $0.security = .startTLS }.deliver(
            sampleMail, to: .sample("a@example.org"))
        #expect(cut.outcomes.map(\.kind) == ["retry"], "\(cut.allText)")
    }

    @Test("what a server says before TLS is not believed after it")
    func injectedBeforeTLS() async throws {
        // CVE-2021-22947: answers sent together with the one to STARTTLS.
        let server = try RawServer { command, _ in
            switch command.prefix(4) {
            case "EHLO": .say("250-raw\r\n250-AUTH PLAIN\r\n250 STARTTLS")
            case "STAR":
                .sayAndHangUp(
                    "220 go on\r\n250-raw\r\n250 AUTH PLAIN\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok")
            default: RawServer.obliging(command)
            }
        }
        defer { server.stop() }
        let transport = transport(server) {
            $0.security = .startTLS
            $0.credentials = .init(user: "ada", secret: MailSecret("hunter2"))
        }
        let report = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
        #expect(report.delivered.isEmpty)
        #expect(!server.received.joined().contains("AUTH"))
    }

    @Test("a server that repeats the password in its answers does not get it into ours")
    func echo() async throws {
        let seen = Mutex<[String]>([])
        let server = try RawServer { command, _ in
            seen.withLock { $0.append(command) }
            switch command.prefix(4) {
            case "EHLO": return .say("250-raw\r\n250 AUTH PLAIN")
            case "AUTH": return .say("334 ")
            case "gree", "QUIT": return RawServer.obliging(command)
            default:
                return .say("535-5.7.8 I do not know \(command)\r\n535 5.7.8 nor hunter2 nor HUNTER2 nor aHVudGVyMg==")
            }
        }
        defer { server.stop() }
        let transport = transport(server) { $0.credentials = .init(user: "ada", secret: MailSecret("hunter2")) }
        let report = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
        let blob = Data("\0ada\0hunter2".utf8).base64EncodedString()
        #expect(seen.withLock { $0.contains(blob) }, "the server did get it: \(report.allText)")
        #expect(report.pause != nil)
        for form in [blob, "hunter2", "HUNTER2", "aHVudGVyMg=="] { #expect(!report.allText.contains(form)) }
        #expect(!String(describing: report).contains("hunter2"))
    }

    @Test("a connection that died while it was unused costs nothing", arguments: [false, true])
    func stale(saysGoodbye: Bool) async throws {
        let server = try RawServer { command, connection in
            if connection == 0, command == "." {
                return .sayAndHangUp("250 ok" + (saysGoodbye ? "\r\n421 timeout" : ""))
            }
            return RawServer.obliging(command)
        }
        defer { server.stop() }
        let transport = transport(server)
        for _ in 0..<2 {
            let report = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
            #expect(report.delivered.count == 1, "\(report.allText)")
        }
        #expect(server.received.count == 2)
        await transport.close()
    }

    @Test("an unused connection says goodbye by itself")
    func idle() async throws {
        let goodbye = AsyncStream<Void>.makeStream()
        let server = try RawServer { command, _ in
            if command == "QUIT" { goodbye.continuation.yield() }
            return RawServer.obliging(command)
        }
        defer { server.stop() }
        let transport = transport(server) { $0.idle = .milliseconds(50) }
        _ = try await transport.deliver(sampleMail, to: .sample("a@example.org"))
        for await _ in goodbye.stream { break }
        #expect(try await transport.deliver(sampleMail, to: .sample("a@example.org")).delivered.count == 1)
    }

    @Test("a waiting server does not hold up the cooperative pool")
    func threads() async throws {
        let server = try RawServer { command, _ in command == "." ? .silence : RawServer.obliging(command) }
        defer { server.stop() }
        let transport = transport(server) {
            $0.connections = 16
            $0.timeouts.command = .seconds(60)
        }
        let waiting = (0..<16).map { _ in Task { try await transport.deliver(sampleMail, to: .sample("a@example.org")) }
        }
        // More tasks than the pool has threads wait for the server; this still gets a turn.
        let turns = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { 1 } }
            return await group.reduce(0, +)
        }
        #expect(turns == 100)
        for task in waiting { task.cancel() }
        for task in waiting { _ = try? await task.value }
    }
}
