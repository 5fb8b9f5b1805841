// What one connection is doing, what it may do next, and by when.
//
//     reading    head ──► body ──► idle ──► head …          requests, one after the other
//     owed       the requests that were passed on and are not answered yet, oldest first
//     ending     no ──► after the responses owed ──► lingering ──► closed
//
// A connection ends in one place: once everything owed is written, the problem (if there is one) is written, our side
// is closed, and what the client still sends is thrown away until it closes too or `linger` has passed. Closing at
// once would make the kernel destroy a response that the client has not taken off the wire yet.
//
// Pure: no channel, no clock. ConnectionGuard feeds it with events and does what it answers.

import NIOCore
import NIOHTTP1

/// The state of one HTTP/1.1 connection.
struct ConnectionState {
    /// What becomes of a part that has been read.
    enum Inbound { case forward, discard, conclude }
    /// What to do when a deadline has passed.
    enum TimeUp: Equatable { case nothing, conclude, close, failBody }
    /// What to do with a parser error.
    enum Failure { case conclude, failBody, nothing }

    private enum Reading { case head, body, idle, stopped }
    private enum Ending { case no, afterResponses, lingering }

    private struct Owed {
        let isHEAD: Bool
        let version: HTTPVersion
        let keepsAlive: Bool
        var unread: Int?
        var isComplete = false
        var awaitsContinue: Bool
    }

    private let limits: ServerLimits
    private var reading = Reading.head
    private var ending = Ending.no
    private var owed = CircularBuffer<Owed>(initialCapacity: 4)
    /// Written before our side closes.
    private(set) var problem: ProtocolProblem?
    /// From when the deadline of the present phase counts.
    private var since: NIODeadline
    private var isWaitingForBody = false
    private var hasSeenBytes = false
    private var sawPart = false
    private var drained = 0
    /// Responses that are complete and have not left yet.
    private var unsent = 0
    private var hidesBody = false

    init(limits: ServerLimits, now: NIODeadline) {
        self.limits = limits
        self.since = now
    }

    /// Whether a response may be written: somebody waits for it, and the connection was not told to end before it.
    var owesResponse: Bool { !owed.isEmpty && ending != .lingering }

    /// Whether the response being written answers a `HEAD`.
    var isAnsweringHEAD: Bool { owed.first?.isHEAD ?? false }

    // MARK: - Reading

    mutating func readHead(_ head: HTTPRequestHead, now: NIODeadline) -> Inbound {
        sawPart = true
        guard ending == .no else { return .discard }
        if let problem = ProtocolProblem.ofHost(in: head) { return end(with: problem) }
        let isChunked = head.headers.contains(name: "transfer-encoding")
        let length = isChunked ? nil : Int(head.headers.first(name: "content-length") ?? "0")
        owed.append(
            Owed(
                isHEAD: head.method == .HEAD,
                version: head.version,
                keepsAlive: head.isKeepAlive,
                unread: length,
                awaitsContinue: !head.version.isBefore11
                    && head.headers.first(name: "expect")?.lowercased() == "100-continue"
            )
        )
        reading = .body
        isWaitingForBody = false
        drained = 0
        return .forward
    }

    mutating func readBody(_ count: Int) -> Inbound {
        sawPart = true
        isWaitingForBody = false
        guard ending != .lingering, reading == .body else { return .discard }
        guard !owed.isEmpty else {
            drained += count
            return drained > limits.drain.bytes ? .conclude : .forward
        }
        let last = owed.index(before: owed.endIndex)
        owed[last].unread = owed[last].unread.map { $0 - count }
        owed[last].awaitsContinue = false
        return .forward
    }

    mutating func readEnd(now: NIODeadline) -> Inbound {
        sawPart = true
        isWaitingForBody = false
        guard ending != .lingering, reading == .body else { return .discard }
        reading = .idle
        since = now
        if !owed.isEmpty { owed[owed.index(before: owed.endIndex)].isComplete = true }
        return .forward
    }

    /// All bytes that were there have been looked at. If they were no part of anything known, a head has begun.
    mutating func readCompleted(now: NIODeadline) {
        hasSeenBytes = true
        if !sawPart, reading == .idle {
            reading = .head
            since = now
        }
        sawPart = false
    }

    /// Somebody wants more of the body: from now on it is the client who keeps us waiting.
    mutating func readRequested(now: () -> NIODeadline) {
        guard reading == .body, !isWaitingForBody else { return }
        isWaitingForBody = true
        since = now()
    }

    mutating func readFailed(_ error: HTTPParserError) -> Failure {
        guard ending != .lingering else { return .nothing }
        if reading == .body, let last = owed.last, !last.isComplete {
            reading = .stopped
            ending = .afterResponses
            return .failBody
        }
        guard ending == .no else { return .nothing }
        return end(with: ProtocolProblem(error)) == .conclude ? .conclude : .nothing
    }

    // MARK: - Writing

    /// Completes the head of a response, or of an informational one.
    mutating func writeHead(_ head: inout HTTPResponseHead) {
        guard head.status.code >= 200 || head.status == .switchingProtocols, let request = owed.first else { return }
        hidesBody = request.isHEAD || !head.status.mayHaveResponseBody
        head.version = request.version.isBefore11 ? request.version : .http1_1
        let leavesBody = !request.isComplete && (request.unread ?? .max) > limits.drain.bytes
        let isLast =
            !request.keepsAlive || request.awaitsContinue
            || (head.status.code >= 400 && leavesBody)
            || (ending == .afterResponses && owed.count == 1 && problem == nil)
            || (request.version.isBefore11 && !hidesBody && !head.headers.contains(name: "content-length"))
            || head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
        if isLast {
            ending = .afterResponses
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            // Those behind it were told to be sent again.
            if owed.count > 1 { owed = [request] }
        } else if request.version.isBefore11 {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
    }

    /// Whether the bytes of the present response go onto the wire.
    var writesBody: Bool { !hidesBody }

    /// Whether the client waits to be told to send its body; asking answers it.
    mutating func takeContinue() -> Bool {
        guard owed.count == 1, owed.first?.awaitsContinue == true else { return false }
        owed[owed.startIndex].awaitsContinue = false
        return true
    }

    /// A response is complete, and on its way.
    mutating func writeEnd() {
        guard !owed.isEmpty else { return }
        owed.removeFirst()
        unsent += 1
    }

    /// A complete response has left; true if the connection has to be concluded now.
    mutating func sent(now: NIODeadline) -> Bool {
        unsent -= 1
        if reading == .idle { since = now }
        return owed.isEmpty && unsent == 0 && ending == .afterResponses
    }

    // MARK: - Ending

    /// Whether the end of a response is still on its way, after which the connection ends.
    var isSendingLast: Bool { unsent > 0 && ending == .afterResponses }

    /// The server stops: what is owed is still answered, nothing else.
    mutating func quiesce() -> TimeUp {
        guard ending == .no else { return .nothing }
        ending = .afterResponses
        guard owed.isEmpty, unsent == 0 else { return .nothing }
        return reading == .body ? .conclude : .close
    }

    /// Nothing more will be written; true if the connection has to be concluded now.
    mutating func outputFinished() -> Bool {
        guard ending != .lingering else { return false }
        owed.removeAll()
        ending = .afterResponses
        return unsent == 0
    }

    /// Our side is closed.
    mutating func outputClosed(now: NIODeadline) {
        guard ending != .lingering else { return }
        ending = .lingering
        reading = .stopped
        since = now
    }

    private mutating func end(with problem: ProtocolProblem) -> Inbound {
        self.problem = problem
        ending = .afterResponses
        reading = .stopped
        return owed.isEmpty ? .conclude : .discard
    }

    // MARK: - Deadlines

    /// When the present phase has lasted too long; nil if it may last.
    var deadline: NIODeadline? {
        if ending == .lingering { return since + TimeAmount(limits.linger) }
        switch reading {
        case .head: return since + TimeAmount(limits.headerDeadline)
        case .body: return isWaitingForBody ? since + TimeAmount(limits.bodyStall) : nil
        case .idle: return owed.isEmpty && unsent == 0 ? since + TimeAmount(limits.idle) : nil
        case .stopped: return nil
        }
    }

    mutating func timeUp(now: NIODeadline) -> TimeUp {
        guard let deadline, now >= deadline else { return .nothing }
        if ending == .lingering { return .close }
        switch reading {
        case .head:
            guard hasSeenBytes else { return .close }
            return end(with: .headTooSlow) == .conclude ? .conclude : .nothing
        case .body:
            reading = .stopped
            ending = .afterResponses
            return owed.isEmpty ? .close : .failBody
        case .idle: return .close
        case .stopped: return .nothing
        }
    }
}
