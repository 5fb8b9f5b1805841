// The pipeline of one connection, from the socket to the handler:
//
//     (TLS) · WriteStallGuard · HTTP/1.1 encoder and decoder · ConnectionGuard · compressor · types · async channel
//
// Hummingbird's own HTTP1Channel has no place for what works on HTTP/1 parts below its types (the compressor, the
// guard), hence this one. The conversation itself is Hummingbird's `handleHTTP`.

import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Serves HTTP/1.1 with Nightjar's limits, compression and exchanges.
package struct NightjarChannel: HTTPChannelHandler {
    /// A connection with the exchanges that go on in it.
    package struct Value: ServerChildChannelValue {
        let parts: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
        let exchanges: ConnectionExchanges

        package var channel: any Channel { parts.channel }
    }

    package private(set) var responder: Responder
    let service: ExchangeService
    let limits: ServerLimits
    let isSecure: Bool

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let exchanges = ConnectionExchanges(afterResponse: service.afterResponse)
            let guardian = ConnectionGuard(limits: limits, exchanges: exchanges, logger: service.logger)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(WriteStallGuard(limit: limits.writeStall, logger: service.logger), position: .first)
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false,  // the async channel takes one request after the other
                withErrorHandling: false,  // the guard answers errors
                withOutboundHeaderValidation: false,  // HTTPTypes refuses what is invalid
                withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoderLimits
            )
            try pipeline.addHandler(guardian)
            try pipeline.addHandler(compressor(for: guardian))
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: isSecure))
            return Value(
                parts: try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(isOutboundHalfClosureEnabled: true)
                ),
                exchanges: exchanges
            )
        }
    }

    package func handle(value: Value, logger: Logger) async {
        var bound = self
        bound.responder = { [service, responder] request, writer, channel in
            try await service.respond(request, writer, channel, exchanges: value.exchanges, with: responder)
        }
        await bound.handleHTTP(asyncChannel: value.parts, logger: logger)
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldSize = limits.headerSize.bytes
        configuration.maxHeaderListSize = limits.headerSize.bytes
        configuration.maxHeaderFieldCount = limits.headerCount
        return configuration
    }

    private func compressor(for guardian: ConnectionGuard) -> HTTPResponseCompressor {
        HTTPResponseCompressor { [threshold = limits.compressionThreshold.bytes] head, isReadable in
            let isHEAD = guardian.isAnsweringHEAD
            guard CompressionRules.applies(to: head, answeringHEAD: isHEAD, threshold: threshold) else {
                return .doNotCompress
            }
            CompressionRules.addVary(&head.headers)
            if isReadable { CompressionRules.weakenEntityTag(&head.headers) }
            return .compressIfPossible
        }
    }
}

extension HTTPServerBuilder {
    /// A server whose every request is an exchange: `currentRequest` is bound around the whole responder, and what has
    /// to be done after the response is handed over when the last byte has left.
    ///
    /// - Parameters:
    ///   - service: Makes the exchanges and takes what comes after them.
    ///   - limits: What a client may cost.
    ///   - isSecure: Whether TLS is put below it.
    package static func nightjar(
        _ service: ExchangeService,
        limits: ServerLimits = ServerLimits(),
        isSecure: Bool = false
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            NightjarChannel(responder: responder, service: service, limits: limits, isSecure: isSecure)
        }
    }
}
