// One .eml file for each mail, which every mail program opens.
//
// The file is named after the Message-ID, so a second attempt replaces the first and the directory sorts by time. It
// appears under its name only when it is complete.

import Foundation

/// Writes mails into a directory.
public struct FileTransport: MailTransport {
    private let directory: URL

    /// A transport into a directory, which is made when it is missing.
    public init(directory: String) {
        self.directory = URL(fileURLWithPath: directory, isDirectory: true)
    }

    /// Writes one mail.
    public func deliver(_ message: [UInt8], to envelope: MailEnvelope) async throws -> MailReport {
        let file = directory.appendingPathComponent(Self.fileName(envelope.messageID))
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(message).write(to: file, options: .atomic)
            return MailReport(envelope, .delivered(file.path))
        } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
            return MailReport(envelope, .retry("\(file.path) could not be written: the disk is full"))
        } catch {
            return MailReport(
                envelope,
                .pauseQueue("\(file.path) could not be written: \(error.localizedDescription)")
            )
        }
    }

    /// Letters, digits, dots and hyphens of the id; the rest becomes an underscore.
    static func fileName(_ messageID: String) -> String {
        let safe = messageID.utf8.prefix(200).map { byte in
            AddressSyntax.isLetterOrDigit(byte) || "-.@".utf8.contains(byte) ? byte : UInt8(ascii: "_")
        }
        let name = String(decoding: safe, as: UTF8.self)
        return (name.first == "." ? "_" + name.dropFirst() : name) + ".eml"
    }
}
