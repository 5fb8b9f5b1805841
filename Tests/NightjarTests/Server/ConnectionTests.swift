import NIOCore
import Testing

@testable import Nightjar

/// Keep-alive, pipelining, bodies nobody reads and clients that stop: over real sockets.
@Suite("A connection", .timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test("serves one request after the other, and those sent together in their order")
    func pipelining() async throws {
        try await withRunningApp { app in
            app.get("/:n") { request in try request.parameters["n"] }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            for n in 1...3 {
                try await client.request("GET", "/\(n)")
                #expect(try await client.response().text == "\(n)")
            }
            try await client.send((4...9).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            for n in 4...9 { #expect(try await client.response().text == "\(n)") }
        }
    }

    @Test("ends after a request that asks for it")
    func connectionClose() async throws {
        try await withRunningApp { app in
            app.get("/") { _ in "home" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/", headers: ["Connection": "close"])
            let response = try await client.response()
            #expect(response["connection"] == "close")
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test(
        "a large response arrives whole, although the connection ends with it",
        arguments: ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"]
    )
    func largeLastResponse(request: String) async throws {
        let size = 16 << 20
        let reached = Gate()
        try await withRunningApp { app in
            app.get("/") { _ in
                reached.open()
                return Response(
                    headers: [.contentType: "application/octet-stream"],
                    body: .bytes(ByteBuffer(repeating: 7, count: size))
                )
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port, reads: false)
            try await client.send(request)
            await reached.wait()
            try await client.startReading()
            #expect(try await client.response().body.count == size)
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("answers a client that has closed its side already, with all of a large response")
    func halfClosed() async throws {
        let size = 16 << 20
        try await withRunningApp { app in
            app.get("/") { _ in
                Response(
                    headers: [.contentType: "application/octet-stream"],
                    body: .bytes(ByteBuffer(repeating: 7, count: size))
                )
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port, reads: false)
            try await client.request("GET", "/")
            try await client.finishSending()
            try await client.startReading()
            #expect(try await client.response().body.count == size)
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("a body beyond the limit is a 413, whether announced or not")
    func tooLarge() async throws {
        var configuration = AppConfiguration.testing
        configuration.maxBodySize = .kilobytes(10)
        try await withRunningApp(configuration: configuration) { app in
            app.post("/") { request in "\(try await request.body().readableBytes)" }
            app.post("/more", bodyLimit: .kilobytes(20)) { request in "\(try await request.body().readableBytes)" }
        } _: { _, port in
            let announced = try await RawClient.connect(port: port)
            try await announced.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nxxx")
            let refused = try await announced.response()
            #expect(refused.status == 413)
            #expect(refused["connection"] == "close")
            #expect(await announced.readToEnd().isEmpty)

            let chunked = try await RawClient.connect(port: port)
            let chunk = "2000\r\n\(String(repeating: "x", count: 0x2000))\r\n"
            try await chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)")
            #expect(try await chunked.response().status == 413)
            #expect(await chunked.readToEnd().isEmpty)

            let raised = try await RawClient.connect(port: port)
            try await raised.request("POST", "/more", body: String(repeating: "x", count: 15_000))
            #expect(try await raised.response().text == "15000")
        }
    }

    @Test("a body that stops arriving is a 408 for the handler that waits for it")
    func bodyStall() async throws {
        var limits = ServerLimits()
        limits.bodyStall = .milliseconds(200)
        try await withRunningApp(limits: limits) { app in
            app.post("/") { request in "\(try await request.body().readableBytes)" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            let response = try await client.response()
            #expect(response.status == 408)
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("a body that is cut short never looks complete")
    func truncatedBody() async throws {
        let (results, record) = AsyncStream.makeStream(of: Int?.self)
        try await withRunningApp { app in
            app.post("/") { request in
                do {
                    record.yield(try await request.body().readableBytes)
                } catch {
                    record.yield(nil)
                    throw error
                }
                return "done"
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            await client.close()
            var iterator = results.makeAsyncIterator()
            #expect(await iterator.next() == .some(nil))
        }
    }

    @Test("a small body that nobody reads does not cost the connection; a large one does, after the response")
    func unreadBody() async throws {
        try await withRunningApp { app in
            app.post("/") { _ in "ignored" }
        } _: { _, port in
            let small = try await RawClient.connect(port: port)
            for _ in 0..<3 {
                try await small.request("POST", "/", body: String(repeating: "x", count: 100_000))
                #expect(try await small.response().text == "ignored")
            }

            let large = try await RawClient.connect(port: port)
            try await large.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1500000\r\n\r\n")
            #expect(try await large.response().text == "ignored")
            try? await large.send([UInt8](repeating: 120, count: 600_000))
            #expect(await large.readToEnd().isEmpty)
        }
    }

    @Test("a client that waits to be asked for its body is asked when somebody reads it, and not otherwise")
    func expectContinue() async throws {
        try await withRunningApp { app in
            app.post("/read") { request in "\(try await request.body().readableBytes)" }
            app.post("/ignore") { _ in "no" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            let head = "HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
            try await client.send("POST /read \(head)")
            #expect(try await client.response().status == 100)
            try await client.send("hello")
            #expect(try await client.response().text == "5")
            try await client.send("POST /ignore \(head)")
            let refused = try await client.response()
            #expect(refused.text == "no")
            #expect(refused["connection"] == "close")
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("a client that stops reading is closed, and the handler learns of it")
    func stalledReader() async throws {
        var limits = ServerLimits()
        limits.writeStall = .milliseconds(300)
        let ended = Gate()
        try await withRunningApp(limits: limits) { app in
            app.get("/") { _ in
                Response.stream(contentType: "application/octet-stream") { writer in
                    defer { ended.open() }
                    let chunk = ByteBuffer(repeating: 0, count: 1 << 20)
                    while true { try await writer.write(chunk) }
                }
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port, reads: false)
            try await client.request("GET", "/")
            await ended.wait()
        }
    }

    @Test("a HEAD has the headers and no byte of a body, not even an empty chunk", arguments: ["/text", "/stream"])
    func head(path: String) async throws {
        try await withRunningApp { app in
            app.get("/text") { _ in "some text" }
            app.get("/stream") { _ in
                Response.stream(contentType: "text/plain") { try await $0.write("some text") }
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("HEAD", path, headers: ["Accept-Encoding": "gzip"])
            let head = try await client.response(toHEAD: true)
            #expect(head.status == 200)
            guard head["connection"] != "close" else {
                #expect(await client.readToEnd().isEmpty)
                return
            }
            try await client.request("GET", path)
            #expect(try await client.response().text == "some text")
        }
    }

    @Test("a handler that throws is a 500, and the connection goes on")
    func throwing() async throws {
        struct Boom: Error {}
        try await withRunningApp { app in
            app.get("/boom") { _ -> String in throw Boom() }
            app.get("/") { _ in "home" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/boom")
            #expect(try await client.response().status == 500)
            try await client.request("GET", "/")
            #expect(try await client.response().text == "home")
        }
    }

    @Test("a stream that throws midway is cut off, not ended as if it were whole", arguments: ["identity", "gzip"])
    func throwingStream(encoding: String) async throws {
        struct Boom: Error {}
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { app in
            app.get("/") { _ in
                Response.stream(contentType: "text/plain") { writer in
                    try await writer.write("first half")
                    throw Boom()
                }
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/", headers: ["Accept-Encoding": encoding])
            let bytes = await client.readToEnd()
            #expect(!bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8))
        }
        #expect(logs.lines.contains { $0.level == .error && $0.metadata["error"]?.contains("Boom") == true })
    }

    @Test("beyond MAX_CONNECTIONS the next one waits until another ends")
    func maxConnections() async throws {
        var configuration = AppConfiguration.testing
        configuration.maxConnections = 1
        try await withRunningApp(configuration: configuration) { app in
            app.get("/") { _ in "home" }
        } _: { _, port in
            let first = try await RawClient.connect(port: port)
            try await first.request("GET", "/")
            #expect(try await first.response().text == "home")
            let second = try await RawClient.connect(port: port)
            try await second.request("GET", "/")
            try await first.request("GET", "/")
            #expect(try await first.response().text == "home")
            await first.close()
            #expect(try await second.response().text == "home")
        }
    }

    @Test("every response has its request id, and one line in the log without the query")
    func accessLog() async throws {
        let logs = LogCollector()
        let ids = try await withRunningApp(logs: logs) { app in
            app.get("/orders/:id") { _ in "order" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/orders/7?token=hunter2")
            let found = try await client.response()
            try await client.request("GET", "/nothing?token=hunter2")
            let missing = try await client.response()
            #expect(missing.status == 404)
            return [found["x-request-id"], missing["x-request-id"]]
        }
        let lines = logs.lines.filter { $0.message == "Request" }
        #expect(lines.map { $0.metadata["request.id"] } == ids)
        #expect(lines.map { $0.metadata["status"] } == ["200", "404"])
        #expect(lines.map { $0.metadata["path"] } == ["/orders/:id", "/nothing"])
        #expect(lines.first?.metadata["bytes"] == "5")
        #expect(!logs.lines.contains { "\($0)".contains("hunter2") })
    }
}
