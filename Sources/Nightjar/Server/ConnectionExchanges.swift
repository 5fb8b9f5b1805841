// The exchanges of one connection, oldest first, shared by the two sides that know different halves of each: the
// responder knows when the handler is done, the connection knows when the response has left.
//
//     responder   begin ───────────── responded
//     connection            first ──────────────── sent        → finish: access log, then the work that waited
//
// An exchange is finished when its response has left, or, if it never will, when its handler is done: a handler whose
// client went away still runs to its end, and what it asked to be done afterwards is done.

import HTTPTypes
import NIOCore
import NightjarJobs
import Synchronization

/// The requests of one connection that are being answered.
final class ConnectionExchanges: Sendable {
    /// Takes the work that waited for a response. Called on the connection's thread, so it must only pass it on.
    typealias AfterResponse = @Sendable (Exchange, [PendingWork]) -> Void

    private struct Entry {
        let exchange: Exchange
        var isResponded = false
    }

    private struct State {
        var entries = CircularBuffer<Entry>(initialCapacity: 4)
        var isClosed = false
    }

    private let state = Mutex(State())
    private let afterResponse: AfterResponse

    init(afterResponse: @escaping AfterResponse) {
        self.afterResponse = afterResponse
    }

    /// A request has been read; its response comes after those of the others.
    func begin(_ exchange: Exchange) {
        state.withLock { $0.entries.append(Entry(exchange: exchange)) }
    }

    /// The exchange whose response is written now.
    var first: Exchange? {
        state.withLock { $0.entries.first?.exchange }
    }

    /// The oldest response is complete; it is finished once it has left.
    func removeFirst() -> Exchange? {
        state.withLock { $0.entries.popFirst()?.exchange }
    }

    /// The handler is done, and the response is complete or has failed.
    func responded(_ exchange: Exchange, failed: Bool) {
        let isOver = state.withLock { state in
            guard let index = state.entries.firstIndex(where: { $0.exchange === exchange }) else { return false }
            guard failed || state.isClosed else {
                state.entries[index].isResponded = true
                return false
            }
            state.entries.remove(at: index)
            return true
        }
        if isOver { finish(exchange, bytes: nil) }
    }

    /// The connection is gone, and with it every response that had not left.
    func close() {
        let (over, cutOff) = state.withLock { state in
            state.isClosed = true
            let over = state.entries.filter(\.isResponded).map(\.exchange)
            state.entries.removeAll(where: \.isResponded)
            return (over, state.entries.map(\.exchange))
        }
        for exchange in over { finish(exchange, bytes: nil) }
        for exchange in cutOff { exchange.clientGone.raise() }
    }

    /// Ends an exchange and passes on the work that waited for it.
    func finish(_ exchange: Exchange, bytes: Int?) {
        let works = exchange.finish(bytesWritten: bytes)
        if !works.isEmpty { afterResponse(exchange, works) }
    }
}
