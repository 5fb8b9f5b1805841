// Holds a connection to the rules of ConnectionState: reads and writes pass through here, and a timer asks the state
// whether the present phase has lasted too long. One timer per connection; a request that arrives whole and is answered
// never touches it.
//
// It also puts `X-Request-Id` on every response, keeps bodies off responses that must not have one, answers what never
// became a request, and tells the exchange when its response has left.

import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// Asks the connection to send the `100 Continue` a client waits for, if it does.
struct SendContinue: Sendable {}

/// Guards one HTTP/1.1 connection.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var state: ConnectionState
    private let exchanges: ConnectionExchanges
    private let logger: Logger
    private var timer: (task: Scheduled<Void>, at: NIODeadline)?
    private var bytes = 0
    private var isDropping = false
    private var isConcluding = false
    private var isInputClosed = false
    /// Whether the response being written is a stream of events. Whoever closes their side while reading one has left:
    /// there is no further request to hold it open for, and waiting for a write to fail would take two heartbeats.
    private var isSendingEvents = false

    init(limits: ServerLimits, exchanges: ConnectionExchanges, logger: Logger) {
        self.state = ConnectionState(limits: limits, now: .now())
        self.exchanges = exchanges
        self.logger = logger
    }

    /// Whether the response being written answers a `HEAD`.
    var isAnsweringHEAD: Bool { state.isAnsweringHEAD }

    func handlerAdded(context: ChannelHandlerContext) {
        rearm(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.task.cancel()
        timer = nil
        exchanges.close()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.task.cancel()
        timer = nil
        context.fireChannelInactive()
        exchanges.close()
    }

    // MARK: - Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let verdict: ConnectionState.Inbound
        switch unwrapInboundIn(data) {
        case .head(let head): verdict = state.readHead(head, now: .now())
        case .body(let buffer): verdict = state.readBody(buffer.readableBytes)
        case .end: verdict = state.readEnd(now: .now())
        }
        switch verdict {
        case .forward: context.fireChannelRead(data)
        case .discard: break
        case .conclude: conclude(context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        state.readCompleted(now: .now())
        rearm(context)
        context.fireChannelReadComplete()
        if isConcluding { context.read() }
    }

    func read(context: ChannelHandlerContext) {
        state.readRequested(now: { .now() })
        rearm(context)
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        switch state.readFailed(error) {
        case .nothing: break
        case .conclude: conclude(context)
        case .failBody: context.fireErrorCaught(HTTPProblem(.badRequest, "The body is cut short or malformed."))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            switch state.quiesce() {
            case .close: context.close(promise: nil)
            case .conclude: conclude(context)
            case .nothing, .failBody: break
            }
        case ChannelEvent.inputClosed:
            isInputClosed = true
            context.fireUserInboundEventTriggered(event)
            if isConcluding || isSendingEvents { context.close(promise: nil) }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: - Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.code < 200 && head.status != .switchingProtocols:
            context.write(data, promise: promise)
        case .head(let head):
            isDropping = !state.owesResponse
            guard !isDropping else { break }
            isSendingEvents = head.headers.first(name: "content-type")?.hasPrefix("text/event-stream") ?? false
            context.write(wrapOutboundOut(.head(completed(head))), promise: promise)
            if isSendingEvents, isInputClosed { context.close(promise: nil) }
            return
        case .body(let part):
            guard !isDropping else { break }
            guard state.writesBody else {
                promise?.succeed()
                return
            }
            bytes += part.readableBytes
            context.write(data, promise: promise)
            return
        case .end:
            guard !isDropping else { break }
            writeEnd(context, data, promise ?? context.eventLoop.makePromise())
            return
        }
        if isDropping { promise?.fail(ChannelError.outputClosed) }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is SendContinue else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        if state.takeContinue() {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
                promise: nil
            )
        }
        promise?.succeed()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .all where isConcluding || state.isSendingLast:
            // What is still on its way is waited for, at most as long as the deadline for lingering.
            context.channel.closeFuture.cascade(to: promise)
        case .output:
            promise?.succeed()
            if state.outputFinished() { conclude(context) }
        default:
            context.close(mode: mode, promise: promise)
        }
    }

    private func completed(_ head: HTTPResponseHead) -> HTTPResponseHead {
        var head = head
        state.writeHead(&head)
        bytes = 0
        guard let exchange = exchanges.first else { return head }
        if exchange.outcome.status == nil {
            exchange.note(status: HTTPResponse.Status(code: Int(head.status.code)), route: nil, bodyLength: nil)
        }
        if !head.headers.contains(name: "x-request-id") {
            head.headers.add(name: "X-Request-Id", value: exchange.request.id)
        }
        return head
    }

    private func writeEnd(_ context: ChannelHandlerContext, _ end: NIOAny, _ sent: EventLoopPromise<Void>) {
        let exchange = exchanges.removeFirst()
        let bytes = bytes
        isSendingEvents = false
        state.writeEnd()
        sent.futureResult.assumeIsolated().whenComplete { _ in
            if let exchange { self.exchanges.finish(exchange, bytes: bytes) }
            if self.state.sent(now: .now()) { self.conclude(context) } else { self.rearm(context) }
        }
        if state.writesBody {
            context.write(end, promise: sent)
        } else {
            // The encoder would end a chunked body here, and there is none.
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: sent)
        }
    }

    // MARK: - Ending

    private func conclude(_ context: ChannelHandlerContext) {
        guard !isConcluding else { return }
        isConcluding = true
        guard let problem = state.problem else {
            closeOutput(context)
            return
        }
        let id = RequestID.make()
        let (head, body) = problem.response(requestID: id)
        logger.info(
            "Request refused",
            metadata: ["request.id": .string(id), "status": "\(head.status.code)", "reason": .string(problem.detail)]
        )
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.closeOutput(context) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }

    private func closeOutput(_ context: ChannelHandlerContext) {
        guard context.channel.isActive, !isInputClosed else {
            context.close(promise: nil)
            return
        }
        let closed = context.eventLoop.makePromise(of: Void.self)
        closed.futureResult.assumeIsolated().whenFailure { _ in context.close(promise: nil) }
        state.outputClosed(now: .now())
        context.close(mode: .output, promise: closed)
        rearm(context)
        context.read()
    }

    // MARK: - Deadlines

    private func rearm(_ context: ChannelHandlerContext) {
        guard let deadline = state.deadline, context.channel.isActive else { return }
        if let timer {
            guard timer.at > deadline else { return }
            timer.task.cancel()
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timeUp(context) }
        timer = (task, deadline)
    }

    private func timeUp(_ context: ChannelHandlerContext) {
        timer = nil
        switch state.timeUp(now: .now()) {
        case .nothing: rearm(context)
        case .close: context.close(promise: nil)
        case .conclude: conclude(context)
        case .failBody: context.fireErrorCaught(HTTPProblem(.requestTimeout, "The body stopped arriving."))
        }
    }
}
