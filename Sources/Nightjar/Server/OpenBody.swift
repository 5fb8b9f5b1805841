// A request's body, for as long as its response is being made. Afterwards the connection reads on by itself, to the next
// request; a job that still read then would take that request for its own bytes, and two readers at once end the process.
//
//     open ──next──► reading ──► open                   any number of times, by one reader
//     open ──close──► closed                            reading throws from now on
//     reading ──close──► closing ──► closed             the reader gets its piece first, the connection waits for it

import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

/// Lets a body be read until it is closed.
struct OpenBody: Sendable {
    /// The body to hand on.
    let body: HummingbirdCore.RequestBody
    private let latch: Latch?

    /// - Parameter request: The request with the body that the connection reads. One without a body is given an empty
    ///   one, which can be read at any time.
    init(_ request: HummingbirdCore.Request) {
        guard request.headers[.contentLength] != nil || request.headers[.transferEncoding] != nil else {
            body = HummingbirdCore.RequestBody(buffer: ByteBuffer())
            latch = nil
            return
        }
        let latch = Latch()
        body = HummingbirdCore.RequestBody(asyncSequence: Pieces(body: request.body, latch: latch))
        self.latch = latch
    }

    /// A body that was closed before anybody read it.
    static let closed: HummingbirdCore.RequestBody = {
        let empty = HummingbirdCore.RequestBody(buffer: ByteBuffer())
        return HummingbirdCore.RequestBody(asyncSequence: Pieces(body: empty, latch: Latch(isClosed: true)))
    }()

    /// Ends the reading. Returns when nobody reads any more.
    func close() async {
        guard let latch else { return }
        await withCheckedContinuation { latch.close(then: $0) }
    }

    /// Ends the reading of a body whose connection is lost.
    func abandon() { latch?.close(then: nil) }

    private struct Pieces: AsyncSequence, Sendable {
        let body: HummingbirdCore.RequestBody
        let latch: Latch

        func makeAsyncIterator() -> Iterator { Iterator(body: body, latch: latch) }

        struct Iterator: AsyncIteratorProtocol {
            let body: HummingbirdCore.RequestBody
            let latch: Latch
            // Made late: the body under this one must not be touched once it is closed.
            var pieces: HummingbirdCore.RequestBody.AsyncIterator?

            init(body: HummingbirdCore.RequestBody, latch: Latch) {
                self.body = body
                self.latch = latch
            }

            mutating func next() async throws -> ByteBuffer? {
                try latch.begin()
                defer { latch.end() }
                var pieces = self.pieces ?? body.makeAsyncIterator()
                defer { self.pieces = pieces }
                return try await pieces.next()
            }
        }
    }

    private final class Latch: Sendable {
        private enum State {
            case open
            case reading
            case closing(CheckedContinuation<Void, Never>?)
            case closed
        }

        private let state: Mutex<State>

        init(isClosed: Bool = false) { state = Mutex(isClosed ? .closed : .open) }

        func begin() throws {
            try state.withLock { state in
                switch state {
                case .open: state = .reading
                case .reading: throw RequestError.bodyAlreadyRead
                case .closing, .closed: throw RequestError.bodyGone
                }
            }
        }

        func end() {
            let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
                switch state {
                case .reading, .open:
                    state = .open
                    return nil
                case .closing(let continuation):
                    state = .closed
                    return continuation
                case .closed: return nil
                }
            }
            waiting?.resume()
        }

        func close(then continuation: CheckedContinuation<Void, Never>?) {
            let isFree = state.withLock { state in
                if case .reading = state {
                    state = .closing(continuation)
                    return false
                }
                state = .closed
                return true
            }
            if isFree { continuation?.resume() }
        }
    }
}
