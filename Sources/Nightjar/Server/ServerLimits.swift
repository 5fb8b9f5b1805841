// What a client may cost. Every limit is on by default: a server that has to be told to protect itself is unprotected.
// They can be changed, mostly by tests, which use short ones.

/// How much a client may send, and how long it may take.
public struct ServerLimits: Sendable {
    /// The largest head of a request; beyond it the answer is 431. 32 KiB: browsers stay far below, cookies included.
    public var headerSize = ByteCount.kilobytes(32)
    /// The most header fields of a request; beyond it the answer is 431. 100: three times what a browser sends.
    public var headerCount = 100
    /// How long a request's head may take to arrive, from its first byte, or, on a new connection, from the start.
    /// 10 s: a head is one packet or two; who needs longer is holding a connection for nothing.
    public var headerDeadline = Duration.seconds(10)
    /// How long a connection may be idle between requests. 60 s: longer than a person reads between two clicks,
    /// shorter than what proxies in front of us keep.
    public var idle = Duration.seconds(60)
    /// How long a body may pause while somebody waits for it. 30 s: a phone may lose its network in a tunnel.
    public var bodyStall = Duration.seconds(30)
    /// How long a response may wait for a client that takes none of it. 30 s, for the same reason.
    public var writeStall = Duration.seconds(30)
    /// How much of a body that nobody wanted is read so that the connection can be kept. 256 KiB: cheaper than a new
    /// connection; more than that is not.
    public var drain = ByteCount.kilobytes(256)
    /// How long the other side may take to close once we have. 2 s: closing at once could destroy the end of the
    /// response on its way (RFC 9112 §9.6).
    public var linger = Duration.seconds(2)
    /// How long a response has to be for compressing to pay. 1 KiB: below it both fit into one packet.
    public var compressionThreshold = ByteCount.kilobytes(1)

    /// The defaults.
    public init() {}
}
