import NightjarTesting
import Testing

@testable import Nightjar

/// A job may outlive the response, the body on the wire may not: what comes after it there is the next request.
@Suite("A body read by a job", .timeLimit(.minutes(1)))
struct BodyAfterResponseTests {
    @Test("a closure reads a body that its handler has read, and is told so where nobody has")
    func bodyInClosure() async throws {
        let mayRead = Gate()
        let found = Recorder<String>()
        try await withRunningApp { app in
            @Sendable func read() async {
                await mayRead.wait()
                do { found.record("\(try await currentRequest.body().readableBytes)") } catch {
                    found.record("\(error as? RequestError == .bodyGone)")
                }
            }
            app.post("/read") { request in
                _ = try await request.body()
                request.background { await read() }
                return "read"
            }
            app.post("/unread") { request in
                request.background { await read() }
                return "unread"
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            for path in ["/read", "/unread"] {
                try await client.request("POST", path, body: "hello")
                #expect(try await client.response().status == 200)
            }
            // The connection has gone on to wait for its next request; a job that read now would take that for its body.
            mayRead.open()
            #expect(await found.untilCount(2).sorted() == ["5", "true"])
            try await client.request("POST", "/read", body: "hello")
            #expect(try await client.response().text == "read")
        }
    }

    @Test("a closure that is still reading when its handler returns does not get in the connection's way")
    func bodyWhileAnswering() async throws {
        let found = Recorder<String>()
        let isReading = Gate()
        try await withRunningApp { app in
            app.post("/") { request in
                let stream = try request.bodyStream()
                request.background {
                    var iterator = stream.makeAsyncIterator()
                    let first = try await iterator.next()
                    isReading.open()
                    do {
                        found.record("\(first?.readableBytes ?? 0) \(try await iterator.next()?.readableBytes ?? 0)")
                    } catch {
                        found.record("\(error as? RequestError == .bodyGone)")
                    }
                }
                await isReading.wait()
                return "answered"
            }
            app.get("/next") { _ in "next" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc")
            #expect(try await client.response().text == "answered")
            try await client.send("def")
            // Either it was faster than its handler and gets the rest, or it is told that the rest is gone.
            let outcome = await found.untilCount(1)
            #expect(outcome == ["3 3"] || outcome == ["true"])
            try await client.request("GET", "/next")
            #expect(try await client.response().text == "next")
        }
    }
}
