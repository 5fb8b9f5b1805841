// Turns each request into an Exchange and runs the responder inside it. Nothing here knows about routes: a request for
// an unknown path, and one whose handler throws, are exchanges like any other.

import HTTPTypes
import HummingbirdCore
package import Logging
import NIOCore

/// What all connections of a server share: how an exchange begins and where its end is reported.
package struct ExchangeService: Sendable {
    let settings: RequestSettings
    let trustedProxies: TrustedProxies
    let logger: Logger
    let afterResponse: @Sendable (Exchange, [PendingWork]) -> Void

    /// - Parameters:
    ///   - settings: What all requests of the application share.
    ///   - trustedProxies: Whose `X-Forwarded-For` is believed.
    ///   - logger: The logger of requests and of the access log.
    ///   - afterResponse: Takes the work that waited for a response, once that has left. It is called on a thread that
    ///     serves connections: it may pass the work on, and must not do it.
    package init(
        settings: RequestSettings,
        trustedProxies: TrustedProxies = .none,
        logger: Logger,
        afterResponse: @escaping @Sendable (Exchange, [PendingWork]) -> Void
    ) {
        self.settings = settings
        self.trustedProxies = trustedProxies
        self.logger = logger
        self.afterResponse = afterResponse
    }

    func respond(
        _ incoming: HummingbirdCore.Request,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel,
        exchanges: ConnectionExchanges,
        with responder: HTTPChannelHandler.Responder
    ) async throws {
        var incoming = incoming
        if incoming.headers[.expect] != nil {
            incoming.body = HummingbirdCore.RequestBody(
                asyncSequence: ContinueOnRead(body: incoming.body, channel: channel)
            )
        }
        let body = OpenBody(incoming)
        incoming.body = body.body
        let exchange = Exchange(
            request: Request(
                head: incoming.head,
                body: incoming.body,
                client: client(of: incoming, on: channel),
                settings: settings,
                logger: logger
            )
        )
        exchanges.begin(exchange)
        var unused: ResponseWriter? = consume writer
        do {
            try await exchange.bind {
                guard let writer = unused.take() else { return }
                try await responder(incoming, writer, channel)
            }
        } catch {
            body.abandon()
            exchanges.responded(exchange, failed: true)
            report(error, for: exchange, on: channel)
            throw error
        }
        await body.close()
        exchanges.responded(exchange, failed: false)
    }

    private func client(of request: HummingbirdCore.Request, on channel: any Channel) -> ClientAddress? {
        guard let peer = channel.remoteAddress else { return nil }
        guard trustedProxies != .none, let forwarded = request.headers[.xForwardedFor] else { return .peer(peer) }
        let client = trustedProxies.client(peer: peer.ipAddress, forwarded: forwarded)
        return client.map { .resolved($0) } ?? .peer(peer)
    }

    /// A response that was cut off because its client left is nobody's fault; any other is ours. Routes report their own.
    private func report(_ error: any Error, for exchange: Exchange, on channel: any Channel) {
        let isOurs = channel.isActive && !(error is CancellationError) && !(error is ChannelError)
        exchange.request.logger.log(
            level: isOurs && exchange.outcome.route == nil ? .error : .debug,
            "Response cut off",
            metadata: ["error": "\(error)"]
        )
    }
}

extension HTTPField.Name {
    /// The addresses a request came through, the client's first.
    static let xForwardedFor = HTTPField.Name("x-forwarded-for") ?? .via
}
