// Server-sent events: a response that goes on. Written as the HTML standard says (§9.2): fields on lines, a blank line
// ends an event, a line that begins with a colon is a comment. A comment goes out whenever nothing else has for a while,
// so that proxies keep the connection. A client that goes away is noticed at once if its machine says so, and by a comment
// that cannot be sent if not.

import HTTPTypes
import NightjarJobs
import ServiceLifecycle

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One event of a stream of server-sent events.
public struct ServerSentEvent: Hashable, Sendable {
    /// What it says. It may have several lines.
    public var data: String
    /// The name under which the page listens for it; nil is `message`.
    public var event: String?
    /// What the browser sends as `Last-Event-ID` when it connects again.
    public var id: String?
    /// How long the browser should wait before it connects again.
    public var retry: Duration?

    /// - Parameters:
    ///   - data: What it says.
    ///   - event: The name under which the page listens for it.
    ///   - id: What the browser sends as `Last-Event-ID` when it connects again.
    ///   - retry: How long the browser should wait before it connects again.
    public init(data: String, event: String? = nil, id: String? = nil, retry: Duration? = nil) {
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
    }

    /// An event whose data is a value as JSON.
    ///
    /// - Throws: If the value cannot be encoded.
    public static func json(_ value: some Encodable, event: String? = nil, id: String? = nil) throws -> Self {
        Self(data: String(decoding: try JSONCoders.encoder.encode(value), as: UTF8.self), event: event, id: id)
    }

    /// The event as it is sent. Line breaks in names and ids are dropped: they would end the field.
    var encoded: String {
        var text = ""
        if let event { text += "event: \(Self.line(event))\n" }
        if let id { text += "id: \(Self.line(id))\n" }
        if let retry { text += "retry: \(max(0, retry / .milliseconds(1)).rounded().formattedInteger)\n" }
        for line in Self.lines(data) { text += "data: \(line)\n" }
        return text + "\n"
    }

    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\n" && $0 != "\r" && $0 != "\0" }))
    }

    /// The lines of a text, whichever way they are broken.
    private static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r":
                lines.append(String(line))
                line = String.UnicodeScalarView()
            default: line.append(scalar)
            }
            previous = scalar
        }
        return lines + [String(line)]
    }
}

extension Double {
    fileprivate var formattedInteger: String { String(Int64(exactly: self) ?? 0) }
}

extension Response {
    /// A stream of events for an `EventSource` in a page, until the sequence ends, the client goes away, or the server
    /// shuts down.
    ///
    /// - Parameters:
    ///   - events: The events, in order. The next one is asked for when the one before has been sent.
    ///   - heartbeat: How often a comment is sent. 15 s: proxies cut connections that say nothing for 30 s or more.
    public static func events<Events: AsyncSequence & Sendable>(
        _ events: Events,
        heartbeat: Duration = .seconds(15)
    ) -> Response where Events.Element == ServerSentEvent {
        let headers: HTTPFields = [
            .contentType: "text/event-stream",
            .cacheControl: "no-cache",
            .xAccelBuffering: "no",
        ]
        let body = ResponseBody.stream { writer in
            try await EventStream(heartbeat: heartbeat).write(events, to: writer)
        }
        return Response(headers: headers, body: body)
    }
}

extension HTTPField.Name {
    /// Tells nginx to pass a response on as it comes.
    fileprivate static let xAccelBuffering = HTTPField.Name("x-accel-buffering") ?? .via
}

/// Writes events and heartbeats to one body, one at a time.
private struct EventStream {
    private struct Piece: Sendable {
        var text: String
        /// Resumed when the piece has been dealt with.
        var isDone: CheckedContinuation<Void, Never>?
    }

    let heartbeat: Duration

    func write<Events: AsyncSequence & Sendable>(_ events: Events, to writer: BodyWriter) async throws
    where Events.Element == ServerSentEvent {
        let (pieces, outlet) = AsyncStream.makeStream(of: Piece.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { outlet.finish() }
                try await cancelWhenGracefulShutdown {
                    for try await event in events {
                        await withCheckedContinuation { isDone in
                            let piece = Piece(text: event.encoded, isDone: isDone)
                            if case .enqueued = outlet.yield(piece) { return }
                            isDone.resume()
                        }
                    }
                }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: heartbeat)
                    outlet.yield(Piece(text: ": \n\n"))
                }
            }
            group.addTask {
                await Exchange.current?.clientGone.wait()
                if Exchange.current != nil { outlet.finish() }
            }
            var failure: (any Error)?
            for await piece in pieces {
                if failure == nil {
                    do {
                        try await writer.write(piece.text)
                    } catch {
                        failure = error
                        outlet.finish()
                        group.cancelAll()
                    }
                }
                piece.isDone?.resume()
            }
            group.cancelAll()
            if let failure { throw failure }
            do {
                while try await group.next() != nil {}
            } catch is CancellationError {}
        }
    }
}
