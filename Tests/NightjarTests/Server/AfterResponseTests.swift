import Synchronization
import Testing

@testable import Nightjar

/// Work after a response: it starts when the last byte has left, and nobody waits for it. ST-B1, ST-B4, ST-B6
@Suite("After the response", .timeLimit(.minutes(1)))
struct AfterResponseTests {
    @Test("neither the response nor the next request on the connection waits for it")
    func doesNotDelay() async throws {
        let started = Gate()
        let release = Gate()
        let ended = Gate()
        try await withRunningApp { app in
            app.get("/") { _ in
                Response.text("home").after {
                    started.open()
                    await release.wait()
                    ended.open()
                }
            }
            app.get("/next") { _ in "next" }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            #expect(try await client.response().text == "home")
            await started.wait()
            try await client.request("GET", "/next")
            #expect(try await client.response().text == "next")
            release.open()
            await ended.wait()
        }
    }

    @Test("it starts after the last byte, of a streamed body too")
    func afterLastByte() async throws {
        let order = Mutex<[String]>([])
        let ended = Gate()
        let release = Gate()
        try await withRunningApp { app in
            app.get("/") { _ in
                Response.stream(contentType: "text/plain") { writer in
                    try await writer.write("first")
                    await release.wait()
                    order.withLock { $0.append("last piece") }
                    try await writer.write("last")
                }.after {
                    order.withLock { $0.append("after") }
                    ended.open()
                }
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            _ = try await client.readThrough("first")
            release.open()
            await ended.wait()
            #expect(order.withLock { $0 } == ["last piece", "after"])
        }
    }

    @Test("it is done even if the client has gone before the response was written")
    func clientGone() async throws {
        let reached = Gate()
        let gone = Gate()
        let ended = Gate()
        try await withRunningApp { app in
            app.get("/") { _ in
                reached.open()
                await gone.wait()
                return Response.text("too late").after { ended.open() }
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            await reached.wait()
            await client.close()
            gone.open()
            await ended.wait()
        }
    }

    @Test("shutdown waits for it")
    func shutdownWaits() async throws {
        let release = Gate()
        let started = Gate()
        let isDone = Mutex(false)
        try await withRunningApp { app in
            app.get("/") { _ in
                Response.text("home").after {
                    started.open()
                    await release.wait()
                    isDone.withLock { $0 = true }
                }
            }
        } _: { app, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            #expect(try await client.response().text == "home")
            await started.wait()
            await app.shutdown()
            #expect(await client.readToEnd().isEmpty)
            release.open()
        }
        #expect(isDone.withLock { $0 })
    }
}
