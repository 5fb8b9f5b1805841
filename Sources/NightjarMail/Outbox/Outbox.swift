// Mails that stay on the developer's machine, to be looked at in a browser.
//
//     .nightjar/mail/0001795239485000000-20261121043805.5c…/     the newest sorts last
//         mail.eml        as it would have left, for mail programs
//         mail.json       the mail and its envelope, for the preview
//         summary.json    what a list shows, so that listing does not read attachments
//
// A mail is written beside its place and moved there as a whole, so a reader in another process sees all of it or
// nothing. The folder is the owner's alone: mails hold links that sign people in.

public import Foundation

/// Keeps mails in a folder, the newest hundred.
public struct Outbox: MailTransport {
    /// How many mails are kept: more than anybody scrolls through, and no disk notices them.
    static let limit = 100

    /// Where it is.
    public let directory: URL

    /// An outbox in a folder, which is made when the first mail is kept.
    public init(directory: URL) {
        self.directory = directory
    }

    /// Keeps a mail as its bytes alone; ``Mailer`` keeps the mail itself beside them.
    public func deliver(_ message: [UInt8], to envelope: MailEnvelope) async throws -> MailReport {
        try await FileTransport(directory: directory.path).deliver(message, to: envelope)
    }

    /// Keeps a mail.
    func keep(_ message: MailMessage, _ envelope: MailEnvelope) async -> MailReport {
        do {
            let place = try write(KeptMail(message: message, recipients: envelope.recipients))
            prune()
            return MailReport(envelope, .delivered("kept in \(place.path)"))
        } catch {
            return MailReport(
                envelope, .pauseQueue("\(directory.path) could not be written: \(error.localizedDescription)"))
        }
    }

    /// The names of the mails, the newest first.
    package func names() -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return all.filter(Self.isName).sorted(by: >)
    }

    /// What a list shows, the newest first.
    package func summaries() -> [KeptMail.Summary] {
        names().compactMap { name in
            guard let data = try? Data(contentsOf: file("summary.json", of: name)) else { return nil }
            return try? JSONDecoder().decode(KeptMail.Summary.self, from: data)
        }
    }

    /// A mail by its name; nil if there is none.
    package func mail(_ name: String) -> KeptMail? {
        guard Self.isName(name), let data = try? Data(contentsOf: file("mail.json", of: name)) else { return nil }
        return try? JSONDecoder().decode(KeptMail.self, from: data)
    }

    private func write(_ kept: KeptMail) throws -> URL {
        let manager = FileManager.default
        try PrivateFolder.make(directory)
        // Mails hold addresses and links; nobody wants them in a repository.
        try Data("*\n".utf8).write(to: directory.appendingPathComponent(".gitignore"))
        let messageID = kept.message.stamp.messageID.prefix { $0 != "@" }
        let id = FileTransport.fileName(String(messageID)).dropLast(".eml".count)
        // A second attempt replaces the first.
        for name in names() where name.hasSuffix("-\(id)") { try? manager.removeItem(at: folder(name)) }
        let time = String(Int64(Date().timeIntervalSince1970 * 1_000_000))
        let name = String(repeating: "0", count: max(0, 19 - time.count)) + time + "-" + id
        let draft = directory.appendingPathComponent(".\(name)", isDirectory: true)
        try manager.createDirectory(
            at: draft, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        do {
            try Data(kept.message.encoded()).write(to: draft.appendingPathComponent("mail.eml"))
            try JSONEncoder().encode(kept).write(to: draft.appendingPathComponent("mail.json"))
            try JSONEncoder().encode(kept.summary(name: name)).write(to: draft.appendingPathComponent("summary.json"))
            try manager.moveItem(at: draft, to: folder(name))
        } catch {
            try? manager.removeItem(at: draft)
            throw error
        }
        return folder(name)
    }

    private func prune() {
        for name in names().dropFirst(Self.limit) { try? FileManager.default.removeItem(at: folder(name)) }
    }

    private func folder(_ name: String) -> URL { directory.appendingPathComponent(name, isDirectory: true) }

    private func file(_ file: String, of name: String) -> URL { folder(name).appendingPathComponent(file) }

    /// Names are ours; whatever comes from an address bar and is none leads nowhere.
    private static func isName(_ name: String) -> Bool {
        name.utf8.count > 20 && name.utf8.prefix(19).allSatisfy { (48...57).contains($0) }
            && name.utf8.allSatisfy { AddressSyntax.isLetterOrDigit($0) || "-._".utf8.contains($0) }
    }
}
