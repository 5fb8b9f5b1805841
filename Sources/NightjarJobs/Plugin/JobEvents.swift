/// What happens to a queue's jobs in this process, from the moment it is asked for.
///
/// ```swift
/// for await event in queue.events() where event.kind == .failed { … }
/// ```
/// To be read by one reader. It ends when the queue is closed or the reading task is cancelled.
public struct JobEvents: AsyncSequence, Sendable {
    /// An event.
    public typealias Element = JobEvent
    /// Reading does not fail.
    public typealias Failure = Never

    private let subscription: Subscription

    init(_ pump: EventPump, limit: Int) { subscription = Subscription(pump, limit: limit) }

    /// How many events were dropped because they were not read in time.
    public var missed: Int { subscription.buffer.missed }

    /// Goes on where the last reader stopped.
    public func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

    /// Reads one event after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let subscription: Subscription

        /// The next event, once there is one.
        public mutating func next() async -> JobEvent? { await subscription.buffer.next() }

        /// The next event, once there is one.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> JobEvent? {
            await subscription.buffer.next()
        }
    }

    /// Ends with whoever reads.
    fileprivate final class Subscription: Sendable {
        let buffer: EventBuffer
        private let pump: EventPump

        init(_ pump: EventPump, limit: Int) {
            self.pump = pump
            buffer = EventBuffer(limit: limit)
            pump.add(buffer)
        }

        deinit { pump.remove(buffer) }
    }
}
