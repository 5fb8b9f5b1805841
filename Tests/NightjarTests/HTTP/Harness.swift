// A small application for tests: routes and settings, without a socket or over one, and no server of ours in between.
// What our own server adds is tested in Server/.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization

@testable import Nightjar

/// What tests add their routes to.
struct TestRoutes: RouteBuilder {
    let routeScope = RouteScope()
}

/// Runs `body` against routes, through the router alone or over a socket.
@discardableResult
func withRoutes<Value>(
    settings: RequestSettings? = nil,
    live: Bool = false,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ build: (TestRoutes) throws -> Void,
    _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Value
) async throws -> Value {
    let routes = TestRoutes()
    try build(routes)
    let responder = try AppResponder(routes.routeScope, settings: try settings ?? RequestSettings())
    let application = Application(
        responder: responder,
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        logger: logger
    )
    return try await application.test(live ? .live : .router, body)
}

/// A request as a handler would see it, without a server.
func makeRequest(
    _ method: HTTPRequest.Method = .get,
    _ target: String = "/",
    headers: HTTPFields = [:],
    body: String = "",
    client: String? = nil,
    settings: RequestSettings? = nil,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
) throws -> Nightjar.Request {
    Nightjar.Request(
        head: HTTPRequest(method: method, scheme: nil, authority: nil, path: target, headerFields: headers),
        body: Hummingbird.RequestBody(buffer: ByteBuffer(string: body)),
        client: client.map { .resolved($0) },
        settings: try settings ?? RequestSettings(),
        logger: logger
    )
}

/// Keeps what is logged, so that a test can read it.
final class LogBook: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: Logger.Metadata
    }

    private let stored = Mutex<[Line]>([])

    var lines: [Line] { stored.withLock { $0 } }

    /// Everything that was logged, as one text.
    var text: String { lines.map { "\($0.level) \($0.message) \($0.metadata)" }.joined(separator: "\n") }

    func logger(_ level: Logger.Level = .debug) -> Logger {
        var logger = Logger(label: "test") { _ in Handler(book: self) }
        logger.logLevel = level
        return logger
    }

    private struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            book.stored.withLock { $0.append(Line(level: event.level, message: "\(event.message)", metadata: all)) }
        }
    }
}

/// A list that several tasks append to.
final class Notes: Sendable {
    private let stored = Mutex<[String]>([])
    var all: [String] { stored.withLock { $0 } }
    func add(_ note: String) { stored.withLock { $0.append(note) } }
}

/// The random numbers of a randomised test. The seed is printed, and taken back from `NIGHTJAR_TEST_SEED`.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ test: String) {
        let given = ProcessInfo.processInfo.environment["NIGHTJAR_TEST_SEED"].flatMap { UInt64($0) }
        state = given ?? .random(in: .min ... .max)
        print("\(test): NIGHTJAR_TEST_SEED=\(state)")
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
