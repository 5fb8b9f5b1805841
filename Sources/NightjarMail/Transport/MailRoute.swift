// MAIL_URL, read.
//
//     smtp://user:password@host:587        STARTTLS required, except on this machine
//     smtps://user:password@host:465       TLS from the start
//     sendmail:   sendmail:///usr/sbin/sendmail
//     file:///var/spool/outbox   log:   memory:
//
// No sentence quotes the value: a password may stand anywhere in one that is mistyped.

public import Logging

/// How mails leave, as `MAIL_URL` says.
public enum MailRoute: Hashable, Sendable {
    /// Through a mail server.
    case smtp(SMTPConfiguration)
    /// Through a program that takes a mail on its standard input.
    case sendmail(path: String)
    /// Into a directory.
    case file(directory: String)
    /// Into memory.
    case memory
    /// Into the log.
    case log

    /// Reads a `MAIL_URL`.
    ///
    /// - Parameters:
    ///   - text: The value.
    ///   - variable: What the value's variable is called, for the sentence of an error.
    /// - Throws: `MailError` that says what is wrong and what is allowed, and never quotes the value.
    public init(_ text: String, variable: String = "MAIL_URL") throws {
        self = try MailRouteParser(variable: variable).route(text)
    }

    /// Whether mails leave this machine.
    public var isRemote: Bool {
        switch self {
        case .smtp(let server): !SMTPConfiguration.isLoopback(server.host)
        case .sendmail: true
        case .file, .memory, .log: false
        }
    }

    /// A transport that goes this way.
    ///
    /// - Parameter logger: Where `log:` writes.
    public func makeTransport(logger: Logger) -> any MailTransport {
        switch self {
        case .smtp(let configuration): SMTPTransport(configuration)
        case .sendmail(let path): SendmailTransport(path: path)
        case .file(let directory): FileTransport(directory: directory)
        case .memory: MemoryTransport()
        case .log: LogTransport(logger: logger)
        }
    }
}

extension MailRoute: CustomStringConvertible {
    /// The route without user and password, for logs and `config` output.
    public var description: String {
        switch self {
        case .smtp(let server):
            let host = server.host.contains(":") ? "[\(server.host)]" : server.host
            return "\(server.security == .tls ? "smtps" : "smtp")://\(host):\(server.port)"
        case .sendmail(let path): return "sendmail://\(path)"
        case .file(let directory): return "file://\(directory)"
        case .memory: return "memory:"
        case .log: return "log:"
        }
    }
}
