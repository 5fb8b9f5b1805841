import NIOCore
import NIOHTTP1
import Testing

@testable import Nightjar

/// The rules of a connection, without one. Times are seconds since it was accepted.
@Suite("The state of a connection")
struct ConnectionStateTests {
    private var state = ConnectionState(limits: ServerLimits(), now: Self.at(0))

    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private func head(_ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:]) -> HTTPRequestHead {
        var all: HTTPHeaders = ["Host": "a"]
        all.add(contentsOf: headers)
        return HTTPRequestHead(version: .http1_1, method: method, uri: "/", headers: all)
    }

    private mutating func read(_ head: HTTPRequestHead, body: Int? = nil, at time: Int64 = 0) {
        #expect(state.readHead(head, now: Self.at(time)) == .forward)
        if let body { #expect(state.readBody(body) == .forward) }
    }

    private mutating func answer(
        _ status: HTTPResponseStatus = .ok,
        _ headers: HTTPHeaders = ["Content-Length": "0"],
        at time: Int64 = 0
    ) -> (head: HTTPResponseHead, isLast: Bool) {
        var head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        state.writeHead(&head)
        state.writeEnd()
        return (head, state.sent(now: Self.at(time)))
    }

    @Test("a new connection has ten seconds for its first head, an idle one a minute, a handler as long as it likes")
    mutating func deadlines() {
        #expect(state.deadline == Self.at(10))
        read(head())
        #expect(state.readEnd(now: Self.at(3)) == .forward)
        #expect(state.deadline == nil)
        #expect(!answer(at: 5).isLast)
        #expect(state.deadline == Self.at(65))
        #expect(state.timeUp(now: Self.at(64)) == .nothing)
        #expect(state.timeUp(now: Self.at(65)) == .close)
    }

    @Test("bytes that are no part of anything begin a head, which has ten seconds")
    mutating func secondHead() {
        read(head())
        #expect(state.readEnd(now: Self.at(0)) == .forward)
        state.readCompleted(now: Self.at(0))
        _ = answer()
        #expect(state.deadline == Self.at(60))
        state.readCompleted(now: Self.at(20))
        #expect(state.deadline == Self.at(30))
        #expect(state.timeUp(now: Self.at(30)) == .conclude)
        #expect(state.problem == .headTooSlow)
    }

    @Test("the pause of a body only counts while somebody waits for it")
    mutating func bodyPause() {
        read(head(.POST, ["Content-Length": "10"]), body: 4)
        #expect(state.deadline == nil)
        state.readRequested { Self.at(100) }
        #expect(state.deadline == Self.at(130))
        state.readRequested { Self.at(120) }
        #expect(state.deadline == Self.at(130))
        #expect(state.timeUp(now: Self.at(130)) == .failBody)
        #expect(answer(.requestTimeout).head.headers["connection"] == ["close"])
    }

    @Test(
        "an error closes the connection only if too much of the body is left to throw away",
        arguments: [("1000", false), ("262144", false), ("262145", true)]
    )
    mutating func unreadBody(length: String, closes: Bool) {
        read(head(.POST, ["Content-Length": length]))
        let (head, isLast) = answer(.payloadTooLarge)
        #expect(head.headers["connection"].isEmpty != closes)
        #expect(isLast == closes)
    }

    @Test("what nobody reads is thrown away up to the limit, and then the connection ends")
    mutating func drain() {
        read(head(.POST, ["Transfer-Encoding": "chunked"]))
        #expect(!answer().isLast)
        #expect(state.readBody(256 * 1024) == .forward)
        #expect(state.readBody(1) == .conclude)
    }

    @Test("after a head that may not have one, the body stays off the wire", arguments: [204, 304])
    mutating func noBody(status: Int) {
        read(head())
        _ = answer(HTTPResponseStatus(statusCode: status))
        #expect(!state.writesBody)
        read(head(.HEAD))
        _ = answer()
        #expect(!state.writesBody)
        read(head())
        _ = answer()
        #expect(state.writesBody)
    }

    @Test("a stopping server finishes what it owes, reads nothing new, and says so in the last response")
    mutating func quiesce() {
        read(head())
        #expect(state.readEnd(now: Self.at(0)) == .forward)
        read(head())
        #expect(state.readEnd(now: Self.at(0)) == .forward)
        #expect(state.quiesce() == .nothing)
        #expect(state.readHead(head(), now: Self.at(0)) == .discard)
        let first = answer()
        #expect(first.head.headers["connection"].isEmpty && !first.isLast)
        let second = answer()
        #expect(second.head.headers["connection"] == ["close"] && second.isLast)
    }

    @Test("a stopping server waits for a response that is still on its way")
    mutating func quiesceSending() {
        read(head())
        #expect(state.readEnd(now: Self.at(0)) == .forward)
        state.writeEnd()
        #expect(state.deadline == nil)
        #expect(state.quiesce() == .nothing)
        #expect(state.isSendingLast)
        let isOver = state.sent(now: Self.at(1))
        #expect(isOver)
    }

    @Test("a stopping server closes an idle connection at once")
    mutating func quiesceIdle() {
        #expect(state.quiesce() == .close)
    }

    @Test("behind a response that closes, nothing more is answered")
    mutating func closingEarly() {
        read(head(.GET, ["Connection": "close"]))
        #expect(state.readEnd(now: Self.at(0)) == .forward)
        read(head())
        #expect(answer().isLast)
        #expect(!state.owesResponse)
    }

    @Test("a parser error in a body is the handler's to hear of, one between requests is answered")
    mutating func parserErrors() {
        read(head(.POST, ["Content-Length": "10"]))
        #expect(state.readFailed(.invalidChunkSize) == .failBody)
        var other = ConnectionState(limits: ServerLimits(), now: Self.at(0))
        #expect(other.readFailed(.headerOverflow) == .conclude)
        #expect(other.problem == .headTooLarge)
    }

    @Test("once our side is closed, the other has two seconds, whatever it sends")
    mutating func linger() {
        read(head(.GET, ["Connection": "close"]))
        #expect(state.readEnd(now: Self.at(0)) == .forward)
        #expect(answer().isLast)
        state.outputClosed(now: Self.at(7))
        #expect(state.readHead(head(), now: Self.at(8)) == .discard)
        #expect(state.deadline == Self.at(9))
        #expect(state.timeUp(now: Self.at(9)) == .close)
    }
}
