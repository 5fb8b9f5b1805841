// The body of a response: nothing, bytes that are there already, or a closure that writes them as they come to be.

import Hummingbird
public import NIOCore

/// What a response carries.
public struct ResponseBody: Sendable {
    enum Content: Sendable {
        case empty
        case bytes(ByteBuffer)
        case stream(length: Int?, @Sendable (BodyWriter) async throws -> Void)
        case ready(Hummingbird.ResponseBody)
    }

    let content: Content

    /// No body.
    public static let empty = ResponseBody(content: .empty)

    /// Bytes that are in memory.
    public static func bytes(_ buffer: ByteBuffer) -> Self { Self(content: .bytes(buffer)) }

    /// Bytes that are in memory.
    public static func bytes(_ bytes: some Sequence<UInt8>) -> Self { .bytes(ByteBuffer(bytes: bytes)) }

    /// Text as UTF-8.
    public static func text(_ text: String) -> Self { .bytes(ByteBuffer(string: text)) }

    /// Bytes written by a closure while the response is being sent.
    ///
    /// - Parameters:
    ///   - length: How many bytes the closure will write, if that is known.
    ///   - write: Writes the body; it is finished when the closure returns. `currentRequest` works in it.
    public static func stream(
        length: Int? = nil,
        _ write: @escaping @Sendable (BodyWriter) async throws -> Void
    ) -> Self {
        Self(content: .stream(length: length, write))
    }

    /// How many bytes it has, if that is known before it is written.
    public var length: Int? {
        switch content {
        case .empty: 0
        case .bytes(let buffer): buffer.readableBytes
        case .stream(let length, _): length
        case .ready(let body): body.contentLength
        }
    }
}

/// Writes the body of a response piece by piece. Each write waits until the client has room for it.
public final class BodyWriter {
    private var writer: any ResponseBodyWriter
    /// How many bytes were written.
    private(set) var count = 0
    /// Whether something could not be sent, which means that the client is gone.
    private(set) var hasFailed = false

    init(_ writer: any ResponseBodyWriter) {
        self.writer = writer
    }

    /// Writes text as UTF-8.
    ///
    /// - Throws: When the client has gone away.
    public func write(_ text: String) async throws { try await write(ByteBuffer(string: text)) }

    /// Writes bytes.
    ///
    /// - Throws: When the client has gone away.
    public func write(_ bytes: some Sequence<UInt8>) async throws { try await write(ByteBuffer(bytes: bytes)) }

    /// Writes a buffer.
    ///
    /// - Throws: When the client has gone away.
    public func write(_ buffer: ByteBuffer) async throws {
        count += buffer.readableBytes
        try await noting { try await writer.write(buffer) }
    }

    /// The end of the body. It cannot be sent either once the client is gone.
    func finish() async throws { try await noting { try await writer.finish(nil) } }

    private func noting(_ send: () async throws -> Void) async throws {
        do {
            try await send()
        } catch {
            hasFailed = true
            throw error
        }
    }
}
