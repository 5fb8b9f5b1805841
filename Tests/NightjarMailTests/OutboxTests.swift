import Foundation
import Testing

@testable import NightjarMail

@Suite("The outbox")
struct OutboxTests {
    private let folder: TemporaryDirectory
    private let outbox: Outbox

    init() throws {
        folder = try TemporaryDirectory()
        outbox = Outbox(directory: folder.url.appendingPathComponent("mail"))
    }

    private func keep(_ mail: Mail, stamp: MailStamp? = nil) async throws {
        let message = try MailMessage(mail, defaultAuthor: MailAddress("robot@example.org"), stamp: stamp)
        let report = await outbox.keep(message, message.envelope)
        #expect(report.delivered.count == mail.recipients.count, "\(report.allText)")
    }

    @Test("a mail is kept whole, with everyone it would have gone to")
    func whole() async throws {
        let file = try MailAttachment(name: "ä.txt", contentType: "text/plain", bytes: [1, 2, 3])
        let mail = try Mail(
            to: "Ada <ada@example.org>", bcc: "b@example.org", subject: "Grüße", html: #"<img src="cid:logo">"#,
            attachments: [file], inline: [MailInline(id: "logo", contentType: "image/png", bytes: [0xFF])])
        try await keep(mail)
        let summary = try #require(outbox.summaries().first)
        #expect(summary.subject == "Grüße" && summary.to == "Ada <ada@example.org>, b@example.org")
        #expect(summary.attachments == 1)
        let kept = try #require(outbox.mail(summary.name))
        #expect(kept.message.mail == mail)
        #expect(kept.html == #"<img src="data:image/png;base64,/w==">"#)
        #expect(kept.headers.contains { $0.name == "To" })
        let file2 = outbox.directory.appendingPathComponent("\(summary.name)/mail.eml")
        #expect(try Data(contentsOf: file2) == Data(kept.message.encoded()))
    }

    @Test("the preview shows inline parts however the html spells their ids, and leaves the words alone")
    func inline() async throws {
        let html = "<img src='CID:a%40example.org'><img alt='1 > 0' src=cid:a><p>cid:a is its name</p>"
        let parts = try ["a", "a@example.org"].map { try MailInline(id: $0, contentType: "image/png", bytes: [0xFF]) }
        try await keep(Mail(to: "a@example.org", subject: "", html: html, inline: parts))
        let kept = try #require(outbox.summaries().first.flatMap { outbox.mail($0.name) })
        let data = "data:image/png;base64,/w=="
        #expect(kept.html == "<img src='\(data)'><img alt='1 > 0' src=\(data)><p>cid:a is its name</p>")
    }

    @Test("the folder is its owner's alone, also if it was not before")
    func mode() async throws {
        try FileManager.default.createDirectory(
            at: outbox.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try await keep(Mail(to: "a@example.org", subject: "", text: ""))
        let attributes = try FileManager.default.attributesOfItem(atPath: outbox.directory.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
    }

    @Test("a link in its place is not followed")
    func link() async throws {
        let elsewhere = folder.url.appendingPathComponent("elsewhere")
        try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(at: outbox.directory, withDestinationURL: elsewhere)
        let message = try MailMessage(
            Mail(to: "a@example.org", subject: "", text: ""), defaultAuthor: MailAddress("robot@example.org"))
        #expect(await outbox.keep(message, message.envelope).pause != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path).isEmpty)
    }

    @Test("the newest hundred are kept, the newest first; a second attempt replaces the first")
    func bounded() async throws {
        for index in 0..<105 { try await keep(Mail(to: "a@example.org", subject: "\(index)", text: "")) }
        #expect(outbox.summaries().map(\.subject) == (5..<105).reversed().map { "\($0)" })
        let stamp = try MailStamp.fixed()
        for _ in 0..<2 { try await keep(Mail(to: "a@example.org", subject: "same", text: ""), stamp: stamp) }
        #expect(outbox.summaries().count { $0.subject == "same" } == 1)
    }

    @Test("names that are not its own lead nowhere", arguments: ["", "..", "../mail", "0", ".gitignore", "a/b", "%2e"])
    func names(name: String) async throws {
        try await keep(Mail(to: "a@example.org", subject: "", text: ""))
        #expect(outbox.mail(name) == nil)
        #expect(outbox.mail("0000000000000000000-x/../../\(name)") == nil)
    }
}
