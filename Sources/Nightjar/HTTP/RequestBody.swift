// The body of a live request. It arrives once, from the socket; the first reader either collects it (then everyone may
// read it again) or takes the stream (then nobody else may). Every way of reading counts the bytes against the route's limit.

package import Hummingbird
public import NIOCore
import Synchronization

/// A request's body while it arrives.
package final class RequestBody: Sendable {
    private enum State {
        case waiting(Hummingbird.RequestBody)
        case collected(ByteBuffer)
        case taken
    }

    private let state: Mutex<State>

    package init(_ body: Hummingbird.RequestBody) {
        self.state = Mutex(.waiting(body))
    }

    package init(_ buffer: ByteBuffer) {
        self.state = Mutex(.collected(buffer))
    }

    /// The whole body. It is kept, so that a second caller gets it too.
    ///
    /// - Throws: A 413 if it is larger than the limit; ``RequestError/bodyAlreadyRead`` if it was taken as a stream.
    func collect(upTo limit: ByteCount) async throws -> ByteBuffer {
        let source: Hummingbird.RequestBody
        switch take(keepingCollected: true) {
        case .collected(let buffer):
            guard buffer.readableBytes <= limit.bytes else { throw HTTPProblem.tooLarge(limit: limit) }
            return buffer
        case .taken: throw RequestError.bodyAlreadyRead
        case .waiting(let body): source = body
        }
        var collected: ByteBuffer?
        for try await var chunk in source {
            guard (collected?.readableBytes ?? 0) + chunk.readableBytes <= limit.bytes else {
                throw HTTPProblem.tooLarge(limit: limit)
            }
            if collected == nil { collected = chunk } else { collected?.writeBuffer(&chunk) }
        }
        let buffer = collected ?? ByteBuffer()
        state.withLock { $0 = .collected(buffer) }
        return buffer
    }

    /// The body as it arrives.
    ///
    /// - Throws: ``RequestError/bodyAlreadyRead`` if someone has taken the stream already.
    func stream(upTo limit: ByteCount) throws -> BodyStream {
        switch take(keepingCollected: false) {
        case .collected(let buffer): BodyStream(source: Hummingbird.RequestBody(buffer: buffer), limit: limit)
        case .waiting(let body): BodyStream(source: body, limit: limit)
        case .taken: throw RequestError.bodyAlreadyRead
        }
    }

    private func take(keepingCollected: Bool) -> State {
        state.withLock { state in
            let found = state
            if case .collected = found, keepingCollected { return found }
            state = .taken
            return found
        }
    }
}

/// A request's body, piece by piece, as it arrives.
///
/// ```swift
/// for try await piece in try request.bodyStream() { try await file.write(piece) }
/// ```
public struct BodyStream: AsyncSequence, Sendable {
    let source: Hummingbird.RequestBody
    let limit: ByteCount

    /// Starts reading. A body can be read once.
    public func makeAsyncIterator() -> Iterator {
        Iterator(source: source.makeAsyncIterator(), limit: limit)
    }

    /// Reads the pieces and counts them.
    public struct Iterator: AsyncIteratorProtocol {
        var source: Hummingbird.RequestBody.AsyncIterator
        let limit: ByteCount
        private var count = 0

        init(source: Hummingbird.RequestBody.AsyncIterator, limit: ByteCount) {
            self.source = source
            self.limit = limit
        }

        /// The next piece, or nil at the end.
        ///
        /// - Throws: A 413 as soon as more bytes have come than the route accepts.
        public mutating func next() async throws -> ByteBuffer? {
            guard let piece = try await source.next() else { return nil }
            count += piece.readableBytes
            guard count <= limit.bytes else { throw HTTPProblem.tooLarge(limit: limit) }
            return piece
        }
    }
}
