// A client that sends `Expect: 100-continue` waits before it sends a large body, so that it need not send one that
// would be refused. It is told to go on when somebody starts to read, and not before.

import HummingbirdCore
import NIOCore

/// A body that is asked for when it is first read.
struct ContinueOnRead: AsyncSequence, Sendable {
    let body: HummingbirdCore.RequestBody
    let channel: any Channel

    func makeAsyncIterator() -> Iterator {
        Iterator(channel: channel, body: body.makeAsyncIterator())
    }

    struct Iterator: AsyncIteratorProtocol {
        var channel: (any Channel)?
        var body: HummingbirdCore.RequestBody.AsyncIterator

        mutating func next() async throws -> ByteBuffer? {
            if let channel {
                self.channel = nil
                channel.triggerUserOutboundEvent(SendContinue(), promise: nil)
            }
            return try await body.next()
        }
    }
}
