import Testing

@testable import Nightjar

/// What is answered to bytes that are no proper request, over real sockets.
@Suite("What never becomes a request", .timeLimit(.minutes(1)))
struct ProtocolTests {
    private func answer(
        to text: String,
        limits: ServerLimits = ServerLimits()
    ) async throws -> (RawResponse, rest: [UInt8]) {
        try await withRunningApp(limits: limits) { app in
            app.get("/") { _ in "home" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.send(text)
            let response = try await client.response()
            return (response, await client.readToEnd())
        }
    }

    @Test(
        "a Host that is missing, doubled or no name is a 400, and the connection ends",
        arguments: [
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
        ]
    )
    func host(text: String) async throws {
        let (response, rest) = try await answer(to: text)
        #expect(response.status == 400)
        #expect(response["connection"] == "close")
        #expect(response["content-type"] == "application/problem+json")
        #expect(response["x-request-id"] != nil)
        #expect(response.text.contains("Host"))
        #expect(rest.isEmpty)
    }

    @Test("HTTP/1.0 needs no Host, gets an answer in its own version, and the connection ends")
    func http10() async throws {
        let bytes = try await withRunningApp { app in
            app.get("/") { _ in "home" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.send("GET / HTTP/1.0\r\n\r\n")
            return await client.readToEnd()
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.0 200"))
        #expect(text.hasSuffix("home"))
    }

    @Test("what is not HTTP is a 400", arguments: ["RUBBISH\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n"])
    func rubbish(text: String) async throws {
        let (response, rest) = try await answer(to: text)
        #expect(response.status == 400)
        #expect(rest.isEmpty)
    }

    @Test("headers that are too large, or too many, are a 431")
    func headers() async throws {
        let large = "GET / HTTP/1.1\r\nHost: a\r\nX-Large: \(String(repeating: "x", count: 40_000))\r\n\r\n"
        #expect(try await answer(to: large).0.status == 431)
        let many = (0..<150).map { "X-\($0): 1\r\n" }.joined()
        #expect(try await answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n").0.status == 431)
    }

    @Test("a head that does not end in time is a 408")
    func slowHead() async throws {
        var limits = ServerLimits()
        limits.headerDeadline = .seconds(1)
        let (response, rest) = try await answer(to: "GET / HTTP/1.1\r\nHost: a\r\nX-Slow", limits: limits)
        #expect(response.status == 408)
        #expect(rest.isEmpty)
    }

    @Test("a connection that says nothing is closed without an answer")
    func silence() async throws {
        var limits = ServerLimits()
        limits.headerDeadline = .milliseconds(200)
        try await withRunningApp(limits: limits) { _ in
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("a second head that does not end in time is a 408 too, while an idle connection may stay longer")
    func slowSecondHead() async throws {
        var limits = ServerLimits()
        limits.headerDeadline = .seconds(1)
        limits.idle = .milliseconds(2500)
        try await withRunningApp(limits: limits) { app in
            app.get("/") { _ in "home" }
        } _: { _, port in
            let slow = try await RawClient.connect(port: port)
            try await slow.request("GET", "/")
            #expect(try await slow.response().status == 200)
            try await slow.send("GET / HT")
            #expect(try await slow.response().status == 408)

            let idle = try await RawClient.connect(port: port)
            let start = ContinuousClock.now
            try await idle.request("GET", "/")
            #expect(try await idle.response().status == 200)
            #expect(await idle.readToEnd().isEmpty)
            #expect(ContinuousClock.now - start > .milliseconds(2000))
        }
    }

    @Test("a bad request behind a good one is answered after it")
    func pipelinedProblem() async throws {
        try await withRunningApp { app in
            app.get("/") { _ in "home" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n")
            #expect(try await client.response().text == "home")
            #expect(try await client.response().status == 400)
            #expect(await client.readToEnd().isEmpty)
        }
    }

    @Test("refusals are in the log with their request id")
    func logged() async throws {
        let logs = LogCollector()
        let id = try await withRunningApp(logs: logs) { _ in
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.send("GET / HTTP/1.1\r\n\r\n")
            return try await client.response()["x-request-id"]
        }
        #expect(logs.lines.contains { $0.message == "Request refused" && $0.metadata["request.id"] == id })
    }
}
