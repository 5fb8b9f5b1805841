import Synchronization
import Testing

@testable import Nightjar

/// The web layer behind our own server, byte by byte.
@Suite("On the wire", .timeLimit(.minutes(1)))
struct WireTests {
    @Test("HEAD of a page keeps the connection; HEAD of a stream, whose length nobody knows, ends it")
    func head() async throws {
        try await withRunningApp { app in
            app.get("/page") { _ in "hello" }
            app.get("/stream") { _ in Response.stream(contentType: "text/csv") { try await $0.write("a,b") } }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("HEAD", "/page")
            let page = try await client.response(toHEAD: true)
            #expect(page.status == 200)
            #expect(page["content-length"] == "5")
            try await client.request("GET", "/page")
            #expect(try await client.response().text == "hello")
            try await client.request("HEAD", "/stream")
            let stream = try await client.response(toHEAD: true)
            #expect(stream.status == 200)
            #expect(stream["content-type"] == "text/csv")
            #expect(stream["content-length"] == nil)
            let rest = String(decoding: await client.readToEnd(), as: UTF8.self)
            #expect(!rest.contains("a,b"))
        }
    }

    @Test("events arrive while the response is open, comments when nothing happens, and it ends when the client leaves")
    func events() async throws {
        let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
        let (endings, ended) = AsyncStream.makeStream(of: Void.self)
        source.onTermination = { _ in ended.yield() }
        try await withRunningApp { app in
            app.get("/events") { _ in Response.events(events, heartbeat: .milliseconds(5)) }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/events")
            source.yield(ServerSentEvent(data: "one"))
            _ = try await client.readThrough("data: one\n\n")
            source.yield(ServerSentEvent(data: "two"))
            _ = try await client.readThrough("data: two\n\n")
            _ = try await client.readThrough(": \n\n")
            await client.close()
            #expect(await endings.first { _ in true } != nil)
        }
    }

    @Test("a shutdown ends open event streams properly instead of waiting for them")
    func eventsAtShutdown() async throws {
        let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
        try await withRunningApp { app in
            app.get("/events") { _ in Response.events(events) }
        } _: { app, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/events")
            source.yield(ServerSentEvent(data: "one"))
            _ = try await client.readThrough("data: one\n\n")
            await app.shutdown()
            let rest = String(decoding: await client.readToEnd(), as: UTF8.self)
            #expect(rest.hasSuffix("0\r\n\r\n"), "the last chunk says that this is the end, not an accident")
        }
    }

    @Test("a chunked body is cut off at the limit, whatever it claimed")
    func chunkedBody() async throws {
        try await withRunningApp { app in
            app.post("/small", bodyLimit: .bytes(4)) { request in "\(try await request.body().readableBytes)" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.send("POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            try await client.send("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 413)
            #expect(response["connection"] == "close")
        }
    }

    @Test("two requests on one connection are two requests, each with its own id and body")
    func keepAlive() async throws {
        try await withRunningApp { app in
            app.post("/echo/:name") { request in
                let text = try await request.text()
                return "\(try currentRequest.parameters["name"]) \(text)"
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("POST", "/echo/a", body: "one")
            try await client.request("POST", "/echo/b", body: "two")
            let first = try await client.response()
            let second = try await client.response()
            #expect(first.text == "a one")
            #expect(second.text == "b two")
            #expect(first["x-request-id"] != nil)
            #expect(first["x-request-id"] != second["x-request-id"])
            #expect(first.headers.filter { $0.name == "x-request-id" }.count == 1)
        }
    }
}
