import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Nightjar

/// Server-sent events.
@Suite struct EventTests {
    @Test(
        "an event is written as the standard says",
        arguments: [
            (ServerSentEvent(data: "hi"), "data: hi\n\n"),
            (ServerSentEvent(data: ""), "data: \n\n"),
            (ServerSentEvent(data: "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
            (
                ServerSentEvent(data: "x", event: "done", id: "7", retry: .milliseconds(1500)),
                "event: done\nid: 7\nretry: 1500\ndata: x\n\n"
            ),
            (ServerSentEvent(data: "x", event: "a\ndata: forged"), "event: adata: forged\ndata: x\n\n"),
        ]
    )
    func encoding(event: ServerSentEvent, wanted: String) {
        #expect(event.encoded == wanted)
    }

    @Test("events are sent in order and the response ends with the sequence", arguments: [false, true])
    func stream(live: Bool) async throws {
        try await withRoutes(live: live) { routes in
            routes.get("/events") { _ in
                let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
                for number in 1...3 { source.yield(ServerSentEvent(data: "\(number)")) }
                source.finish()
                return Response.events(events, heartbeat: .seconds(3600))
            }
        } _: { client in
            try await client.execute(uri: "/events", method: .get) {
                #expect($0.headers[.contentType] == "text/event-stream")
                #expect($0.headers[.cacheControl] == "no-cache")
                #expect(String(buffer: $0.body) == "data: 1\n\ndata: 2\n\ndata: 3\n\n")
            }
        }
    }

    @Test(
        "a reader that leaves is noticed at once, not at the next heartbeat, and is no error", .timeLimit(.minutes(1)),
        arguments: [false, true])
    func leaves(closesOneSide: Bool) async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { app in
            app.get("/events") { _ in
                let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
                source.onTermination = { _ in end.finish() }
                source.yield(ServerSentEvent(data: "1"))
                return Response.events(events, heartbeat: .seconds(3600))
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/events")
            _ = try await client.readThrough("data: 1\n")
            if closesOneSide { try await client.finishSending() } else { await client.close() }
            for await _ in ended {}
            await client.close()
        }
        #expect(logs.lines.filter { $0.level >= .warning }.map(\.message) == [])
    }

    @Test("a sequence that fails ends the response with an error in the log")
    func failure() async throws {
        struct Boom: Error {}
        let book = LogBook()
        try await withRoutes(live: true, logger: book.logger()) { routes in
            routes.get("/events") { _ in
                Response.events(
                    AsyncThrowingStream { source in
                        source.yield(ServerSentEvent(data: "1"))
                        source.finish(throwing: Boom())
                    }
                )
            }
        } _: { client in
            await #expect(throws: (any Error).self) { try await client.execute(uri: "/events", method: .get) }
        }
        #expect(book.lines.contains { $0.message == "A streamed response failed" })
    }
}
