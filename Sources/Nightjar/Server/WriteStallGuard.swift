// Closes a connection whose client has stopped taking what we send. A response that nobody reads holds its buffers,
// its handler and its place in a shutdown for as long as the client likes.
//
// Sits nearest to the socket, below TLS, and looks at what the kernel has accepted: written minus still buffered. A
// response that fits into the kernel's buffer, which is nearly every response, never starts a timer.

import Logging
import NIOCore

/// Closes the connection when pending writes make no progress.
final class WriteStallGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let limit: TimeAmount
    private let logger: Logger
    private var written = 0
    private var accepted = 0
    private var progressAt = NIODeadline.uptimeNanoseconds(0)
    private var timer: Scheduled<Void>?

    init(limit: Duration, logger: Logger) {
        self.limit = TimeAmount(limit)
        self.logger = logger
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        guard timer == nil, let waiting = buffered(context), waiting > 0 else { return }
        accepted = written - waiting
        progressAt = .now()
        schedule(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    private func schedule(_ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(max(1, limit.nanoseconds / 4))) {
            self.look(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        guard let waiting = buffered(context), waiting > 0 else { return }
        if written - waiting > accepted {
            accepted = written - waiting
            progressAt = .now()
        } else if NIODeadline.now() - progressAt >= limit {
            logger.debug("Connection closed: its client stopped reading", metadata: ["bytes": "\(waiting)"])
            context.close(promise: nil)
            return
        }
        schedule(context)
    }

    private func buffered(_ context: ChannelHandlerContext) -> Int? {
        try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
    }
}
