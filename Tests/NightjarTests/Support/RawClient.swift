// A socket without manners: sends exactly the bytes it is given, at the moment it is told to, and shows exactly
// what came back. Tests that are about the wire (keep-alive, truncated requests, the last byte) use it instead of
// an HTTP client, which would repair or hide what the test is about.
//
// Nothing here sleeps: every read waits for bytes or for the end of the stream.

import NIOCore
import NIOPosix
import Synchronization

/// One raw TCP connection to a server on this machine.
final class RawClient: Sendable {
    private let channel: any Channel
    private let received: AsyncStream<ByteBuffer>
    private let leftover = Received()

    private init(channel: any Channel, received: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.received = received
    }

    /// Connects; with `reads: false` the client never takes a byte off its socket until ``startReading()``.
    static func connect(port: Int, host: String = "127.0.0.1", reads: Bool = true) async throws -> RawClient {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
        if !reads {
            // A small window fills soon, so that a test of a stalled reader need not send megabytes.
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 4096)
        }
        return RawClient(channel: try await bootstrap.connect(host: host, port: port).get(), received: stream)
    }

    /// Sends the bytes and returns when the kernel has them.
    func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// Sends the bytes and returns when the kernel has them.
    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Sends a request with a `Host` header and an optional body of known length.
    func request(_ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil) async throws {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + (body ?? ""))
    }

    /// Says that nothing more will be sent; the other direction stays open.
    func finishSending() async throws {
        try await channel.close(mode: .output).get()
    }

    /// Takes bytes off the socket from now on.
    func startReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// Reads one whole response, by its `Content-Length`, its chunks, or the end of the stream.
    ///
    /// - Parameter toHEAD: The response answers a `HEAD`, so that no body follows whatever the headers say.
    func response(toHEAD: Bool = false) async throws -> RawResponse {
        let head = try await readThrough("\r\n\r\n")
        var response = try RawResponse(head: head)
        if toHEAD || response.status == 204 || response.status == 304 || response.status < 200 { return response }
        if let length = response["content-length"].flatMap({ Int($0) }) {
            response.body = try await read(length)
        } else if response["transfer-encoding"] == "chunked" {
            while true {
                let line = try await readThrough("\r\n")
                guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else {
                    throw RawClientError.notHTTP(String(decoding: line, as: UTF8.self))
                }
                let chunk = try await read(size + 2)
                if size == 0 { break }
                response.body += chunk.dropLast(2)
            }
        } else {
            response.body = await readToEnd()
        }
        return response
    }

    /// Everything until the server closes its side; then ours is closed too.
    func readToEnd() async -> [UInt8] {
        while await fill() {}
        await close()
        return leftover.take(leftover.count) ?? []
    }

    /// Reads `count` bytes.
    func read(_ count: Int) async throws -> [UInt8] {
        while true {
            if let bytes = leftover.take(count) { return bytes }
            guard await fill() else { throw RawClientError.closed(String(decoding: leftover.all, as: UTF8.self)) }
        }
    }

    /// Reads up to and including `mark`.
    func readThrough(_ mark: String) async throws -> [UInt8] {
        while true {
            if let bytes = leftover.take(through: Array(mark.utf8)) { return bytes }
            guard await fill() else { throw RawClientError.closed(String(decoding: leftover.all, as: UTF8.self)) }
        }
    }

    /// Closes both directions.
    func close() async {
        try? await channel.close().get()
    }

    private func fill() async -> Bool {
        for await buffer in received {
            leftover.append(buffer)
            return true
        }
        return false
    }
}

/// What came back for one request.
struct RawResponse: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    var body: [UInt8] = []

    init(head: [UInt8]) throws {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1."),
            let code = first.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw RawClientError.notHTTP(String(decoding: head, as: UTF8.self)) }
        status = code
        headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            return (parts[0].lowercased(), String(value))
        }
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of that (lowercase) name.
    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}

enum RawClientError: Error {
    /// The stream ended; what had been received and not read is in the text.
    case closed(String)
    case notHTTP(String)
}

/// The bytes that arrived and that nobody has asked for yet.
private final class Received: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var count: Int { bytes.withLock(\.count) }
    var all: [UInt8] { bytes.withLock { $0 } }

    func append(_ buffer: ByteBuffer) {
        bytes.withLock { $0 += buffer.readableBytesView }
    }

    func take(_ count: Int) -> [UInt8]? {
        bytes.withLock { bytes in
            guard bytes.count >= count else { return nil }
            defer { bytes.removeFirst(count) }
            return Array(bytes.prefix(count))
        }
    }

    func take(through mark: [UInt8]) -> [UInt8]? {
        bytes.withLock { bytes in
            guard let range = bytes.firstRange(of: mark) else { return nil }
            defer { bytes.removeFirst(range.upperBound) }
            return Array(bytes.prefix(range.upperBound))
        }
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        continuation.yield(unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { continuation.finish() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        continuation.finish()
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
    }
}
