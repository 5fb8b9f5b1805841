// Mail servers, through libcurl.
//
//     deliver ──► ConnectionPool ──► CurlConnection (a queue of its own) ──► libcurl
//                                         └─ SMTPDialogue ──► SMTPVerdict ──► MailReport
//
// libcurl blocks, so each connection has a dispatch queue of its own, whose thread is none of the cooperative pool's. A
// connection is reused for the next mail and closed when nothing needs it for a while. libcurl passes line ends in
// addresses and lone line feeds in bodies through as they are; the envelope's type rules out the first, and the bytes
// are normalised before it sees them.

/// Sends mails to a mail server.
public final class SMTPTransport: MailTransport {
    private let configuration: SMTPConfiguration
    private let pool: ConnectionPool

    /// A transport to a server. No connection is made before the first mail.
    public init(_ configuration: SMTPConfiguration) {
        self.configuration = configuration
        self.pool = ConnectionPool(limit: max(1, configuration.connections)) { CurlConnection(configuration) }
    }

    /// Sends one mail, as soon as a connection is free.
    ///
    /// - Throws: `CancellationError` when the task was cancelled and the server has not had the whole mail. Cancelled
    ///   after that, the outcome is ambiguous.
    public func deliver(_ message: [UInt8], to envelope: MailEnvelope) async throws -> MailReport {
        guard !envelope.recipients.isEmpty else { return MailReport([], []) }
        let transfer = CurlTransfer(message, envelope)
        return try await withTaskCancellationHandler {
            guard let connection = await pool.take(for: transfer) else { throw CancellationError() }
            defer { pool.giveBack(connection) }
            return try await connection.send(transfer)
        } onCancel: {
            transfer.cancel()
            pool.forget(transfer)
        }
    }

    /// Says goodbye on every unused connection.
    public func close() async {
        for connection in pool.idle { await connection.close() }
    }
}
