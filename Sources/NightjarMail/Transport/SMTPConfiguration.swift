// Where the mail server is and how it is spoken to. Read from MAIL_URL; each default is documented here with its
// reason.

/// A mail server and how to speak to it.
public struct SMTPConfiguration: Hashable, Sendable {
    /// How the connection is protected.
    public enum Security: Hashable, Sendable {
        /// TLS from the first byte (`smtps://`).
        case tls
        /// STARTTLS before anything else is said, and nothing at all without it.
        case startTLS
        /// None, for servers on this machine.
        case none
    }

    /// How the user is proved to the server.
    public enum Method: String, CaseIterable, Hashable, Sendable {
        /// PLAIN or LOGIN, as the server offers.
        case auto
        /// PLAIN.
        case plain
        /// LOGIN.
        case login
        /// XOAUTH2; the password is an access token.
        case xoauth2
    }

    /// A user and their password or token.
    public struct Credentials: Hashable, Sendable {
        /// The user's name at the server.
        public var user: String
        /// Their password, or an access token for XOAUTH2.
        public var secret: MailSecret

        /// A user and their secret.
        public init(user: String, secret: MailSecret) {
            self.user = user
            self.secret = secret
        }
    }

    /// How long is waited for what.
    public struct Timeouts: Hashable, Sendable {
        /// Until the server is ready for a mail: name look-up, connection, TLS, greeting and sign-in together. Short
        /// enough to notice a dead server soon, long enough for one that greets slowly on purpose.
        public var connect: Duration = .seconds(60)
        /// Until a command is answered: five minutes, as RFC 5321 §4.5.3.2 asks. Less makes duplicates, since a server
        /// may check a mail for minutes before it answers the final dot.
        public var command: Duration = .seconds(300)
        /// How long not a byte may move while the mail is sent.
        public var data: Duration = .seconds(300)

        /// The defaults.
        public init() {}
    }

    /// The server's name or address, without brackets.
    public var host: String
    /// Its port.
    public var port: Int
    /// How the connection is protected.
    public var security: Security
    /// Who we are to the server; nil to sign in as nobody.
    public var credentials: Credentials?
    /// How that is proved.
    public var method: Method = .auto
    /// A file of certificates (PEM) to trust in place of the system's; for servers with a certificate of their own.
    public var certificateAuthorities: String?
    /// What we call ourselves in EHLO; nil for this machine's host name.
    public var helloName: String?
    /// How many connections at most: enough to hide the round trips to a far server, and fewer than the five or ten a
    /// server commonly allows to one client.
    public var connections = 4
    /// How long an unused connection is kept: shorter than servers wait before they hang up.
    public var idle: Duration = .seconds(20)
    /// How long is waited for what.
    public var timeouts = Timeouts()

    /// A server.
    public init(host: String, port: Int, security: Security, credentials: Credentials? = nil) {
        self.host = host
        self.port = port
        self.security = security
        self.credentials = credentials
    }

    /// Whether the server is on this machine.
    static func isLoopback(_ host: String) -> Bool {
        let name = host.lowercased()
        return name == "localhost" || name == "::1" || (name.hasPrefix("127.") && isIPv4(name))
    }

    static func isIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { $0.utf8.count <= 3 && UInt8($0) != nil && $0.first != "+" }
    }
}
