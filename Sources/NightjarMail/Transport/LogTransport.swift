// Mails that only leave a line in the log: the headers, without the words.

public import Logging

/// Logs the headers of mails and sends nothing.
public struct LogTransport: MailTransport {
    private let logger: Logger

    /// A transport into a log.
    public init(logger: Logger) {
        self.logger = logger
    }

    /// Logs one mail at `.info`.
    public func deliver(_ message: [UInt8], to envelope: MailEnvelope) async throws -> MailReport {
        var metadata: Logger.Metadata = [
            "mail.envelope": .array(envelope.recipients.map { .string($0.address) })
        ]
        for (name, value) in Self.headers(of: message) {
            metadata["mail." + name.lowercased()] = .string(value)
        }
        logger.info("Mail logged, not sent", metadata: metadata)
        return MailReport(envelope, .delivered("logged"))
    }

    /// The headers of a finished mail, unfolded.
    static func headers(of message: [UInt8]) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for line in message.split(separator: 10, omittingEmptySubsequences: false) {
            let text = String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            if text.isEmpty { break }
            if text.first == " ", !headers.isEmpty {
                headers[headers.count - 1].value += text
            } else if let colon = text.firstIndex(of: ":") {
                headers.append((String(text[..<colon]), text[text.index(after: colon)...].trimmingSpaces()))
            }
        }
        return headers
    }
}
