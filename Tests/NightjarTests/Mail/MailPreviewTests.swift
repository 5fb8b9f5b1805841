import Foundation
import NightjarMail
import Synchronization
import Testing

@testable import Nightjar

/// `/_nightjar/mail` over HTTP.
@Suite struct MailPreviewTests {
    private func withPreview<Result: Sendable>(
        _ change: (inout AppConfiguration) -> Void = { _ in }, _ body: (App, Int) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-preview-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = AppConfiguration.testing
        configuration.environment = .development
        configuration.mailOutbox = folder.path
        change(&configuration)
        return try await withRunningApp(configuration: configuration, { _ in }, body)
    }

    private func send(_ mail: Mail, from app: App) async throws {
        _ = try await RunningQueue.bind(app.queue) { try await mail.send() }.value
    }

    private func path(_ text: String) throws -> String {
        let start = try #require(text.range(of: "href=\"/_nightjar/mail/0"))
        return "/_nightjar/mail/0" + text[start.upperBound...].prefix { $0 != "\"" }
    }

    @Test("a mail is listed, and shown as html in a sandbox, as text, with its headers and its files")
    func shows() async throws {
        try await withPreview { app, port in
            #expect(app.mailPreview == "/_nightjar/mail")
            #expect(try await ask(port, "/_nightjar/mail").text.contains("No mail yet"))
            let file = try MailAttachment(name: "Ä <b>.txt", contentType: "text/html", bytes: Array("<script>".utf8))
            try await send(
                Mail(
                    to: "Ada <ada@example.org>", bcc: "hidden@example.org", subject: "Grüße <b>", text: "Hello <i>.",
                    html: "<!doctype html><script>alert(1)</script><p>Hello", attachments: [file]), from: app)
            let list = try await ask(port, "/_nightjar/mail")
            #expect(list.text.contains("Grüße &lt;b&gt;") && list.text.contains("hidden@example.org"))
            #expect(list.text.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""))
            #expect(list["content-security-policy"]?.contains("default-src 'none'") ?? false)

            let mail = try path(list.text)
            let html = try await ask(port, "\(mail)/html")
            #expect(html.text.hasPrefix("<!doctype html><script>"))
            let policy = html["content-security-policy"] ?? ""
            #expect(
                policy.hasPrefix("sandbox ") && policy.contains("default-src 'none'")
                    && !policy.contains("allow-scripts"))
            #expect(try await ask(port, "\(mail)?view=text").text.contains("Hello &lt;i&gt;."))
            #expect(try await ask(port, "\(mail)?view=headers").text.contains("Message-ID"))
            let download = try await ask(port, "\(mail)/files/0")
            #expect(download["content-disposition"]?.hasPrefix("attachment") ?? false)
            #expect(download["x-content-type-options"] == "nosniff")
            #expect(try await ask(port, "\(mail)/files/1").status == 404)
            #expect(try await ask(port, "\(mail)/source").text.hasPrefix("Date: "))
            #expect(try await ask(port, "/_nightjar/mail/..%2f..%2fetc").status == 404)
        }
    }

    @Test("who is not on this machine, or came by a name that others can have, finds nothing")
    func loopback() async throws {
        try await withPreview({ $0.trustedProxies = TrustedProxies("127.0.0.1") ?? .none }) { _, port in
            let ways: [(host: String, client: String?, status: Int)] = [
                ("localhost:8080", nil, 200), ("127.0.0.1", nil, 200), ("[::1]:8080", nil, 200),
                ("app.localhost", nil, 200), ("rebound.example", nil, 404), ("127.0.0.1.nip.example", nil, 404),
                ("localhost", "203.0.113.9", 404),
            ]
            for way in ways {
                let client = try await RawClient.connect(port: port)
                let forwarded = way.client.map { "X-Forwarded-For: \($0)\r\n" } ?? ""
                try await client.send("GET /_nightjar/mail HTTP/1.1\r\nHost: \(way.host)\r\n\(forwarded)\r\n")
                #expect(try await client.response().status == way.status, "\(way)")
                await client.close()
            }
        }
    }

    @Test("behind a proxy nobody told us to trust, nobody is known to be on this machine")
    func proxied() async throws {
        try await withPreview { _, port in
            let headers = [
                "X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9", "X-Real-IP: 203.0.113.9",
                "X-Forwarded-Host: shop.example", "Via: 1.1 proxy",
            ]
            for header in headers {
                let client = try await RawClient.connect(port: port)
                try await client.send("GET /_nightjar/mail HTTP/1.1\r\nHost: 127.0.0.1\r\n\(header)\r\n\r\n")
                #expect(try await client.response().status == 404, "\(header)")
                await client.close()
            }
        }
    }

    @Test("there is no preview in production, nor once MAIL_URL is set")
    func absent() async throws {
        let changes: [(inout AppConfiguration) -> Void] = [
            { $0.environment = .production }, { $0.mailURL = "memory:" },
        ]
        for change in changes {
            try await withPreview(change) { app, port in
                #expect(app.mailPreview == nil)
                for path in ["", "/mail.css", "/events"] {
                    let response = try await ask(port, "/_nightjar/mail\(path)")
                    #expect(response.status == 404)
                }
            }
        }
    }

    @Test("a page that is open is told of the next mail, and a shutdown does not wait for it")
    func events() async throws {
        try await withPreview { app, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/_nightjar/mail/events")
            _ = try await client.readThrough("event: newest\n")
            try await send(Mail(to: "a@example.org", subject: "", text: ""), from: app)
            _ = try await client.readThrough("event: newest\n")
            let name = String(decoding: try await client.readThrough("\n"), as: UTF8.self)
            #expect(name.hasPrefix("data: 0"))
        }
    }

    @Test("the page's own template is well-formed")
    func template() {
        #expect(MailPreview.templates.has("mail"))
    }

    @Test("mail test says what became of the mail, and nothing secret")
    func command() async throws {
        var configuration = AppConfiguration.testing
        configuration.mailURL = "smtp://ada:hunter2@127.0.0.1:1"
        let lines = Said()
        let app = try await App(configuration: configuration, logger: LogCollector().logger)
        let console = Console(write: { lines.add($0) }, complain: { lines.add($0) })
        #expect(await app.run(arguments: ["mail", "test", "--to", "a@example.org"], console: console) == 1)
        #expect(lines.text.contains("Not delivered to a@example.org") && lines.text.contains("127.0.0.1:1"))
        #expect(!lines.text.contains("hunter2"))
        #expect(await app.run(arguments: ["mail", "test", "--to", "nobody"], console: console) == 64)
        configuration.mailURL = nil
        let other = try await App(configuration: configuration, logger: LogCollector().logger)
        #expect(await other.run(arguments: ["mail", "test", "--to", "a@example.org"], console: console) == 0)
        #expect((other.mailer.transport as? MemoryTransport)?.deliveries.count == 1)
    }
}

/// What a command said.
private final class Said: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
