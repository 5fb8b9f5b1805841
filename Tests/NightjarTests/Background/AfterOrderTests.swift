import NightjarTesting
import Testing

@testable import Nightjar

/// In which order work after a response runs, for which responses, and what becomes of it when something goes wrong.
/// NORI-2, NORI-X1, NORI-X2, ST-B1, ST-B6, ST-B8
@Suite("Work after a response", .timeLimit(.minutes(1)))
struct AfterOrderTests {
    // NORI-5
    @Test("several run in order, on the threads of jobs, and one that fails is logged and stops none")
    func order() async throws {
        let logs = LogCollector()
        let notes = Recorder<String>()
        try await withRunningApp(logs: logs) { app in
            app.get("/") { _ in
                Response.text("home")
                    .after { notes.record("first") }
                    .after("metrics") { throw Boom() }
                    .after {
                        await Task.yield()
                        notes.record("third \(JobContext.current?.name ?? "on a page's thread")")
                    }
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            #expect(response.text == "home")
            #expect(await notes.untilCount(2) == ["first", "third after-response"])
            let line = try #require(logs.lines.first { $0.message == "Work after a response failed" })
            #expect(line.level == .error)
            #expect(line.metadata["work"] == "metrics")
            #expect(line.metadata["error"] == "\(Boom())")
            #expect(line.metadata["request.id"] == response["x-request-id"])
        }
    }

    @Test("a middleware adds to what the handler attached; neither drops the other's")
    func appended() async throws {
        struct Counting: Middleware {
            let notes: Recorder<String>
            func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response
            {
                try await next(request).after { [notes] in notes.record("middleware") }
            }
        }
        let notes = Recorder<String>()
        try await withRunningApp { app in
            app.use(Counting(notes: notes))
            app.get("/") { _ in Response.text("home").after { notes.record("handler") } }
        } _: { _, port in
            _ = try await ask(port, "/")
            #expect(await notes.untilCount(2) == ["handler", "middleware"])
        }
    }

    @Test(
        "it runs whatever the method, the status and the body",
        arguments: ["GET", "HEAD"], [200, 204, 304, 404, 500])
    func anyResponse(method: String, status: Int) async throws {
        let notes = Recorder<String>()
        try await withRunningApp { app in
            app.get("/") { _ in
                Response(status: .init(code: status), body: .text("body")).after {
                    notes.record("\(try currentRequest.method)")
                }
            }
        } _: { _, port in
            let response = try await ask(port, "/", method: method)
            #expect(response.status == status)
            #expect(await notes.untilCount(1) == [method])
        }
    }

    @Test("it runs after a streamed body that failed half-way, too")
    func brokenStream() async throws {
        let notes = Recorder<String>()
        try await withRunningApp { app in
            app.get("/") { _ in
                Response.stream { writer in
                    try await writer.write("half")
                    throw Boom()
                }.after { notes.record("after") }
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            _ = await client.readToEnd()
            await notes.untilCount(1)
        }
    }

    @Test("what is attached to a response that never was, because the handler threw, does not run")
    func handlerThrew() async throws {
        let notes = Recorder<String>()
        try await withRunningApp { app in
            app.get("/") { _ -> Response in
                _ = Response.text("home").after { notes.record("never") }
                throw HTTPProblem(.conflict)
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            #expect(response.status == 409)
        }
        #expect(notes.values.isEmpty)
    }

    @Test("many requests on one connection are answered while the work after each of them is held up")
    func keepAlive() async throws {  // ST-B2, ST-B4
        let door = NightjarTesting.Gate()
        let ended = Recorder<String>()
        try await withRunningApp { app in
            app.get("/:name") { request in
                let name = try request.parameters["name"]
                return Response.text(name).after {
                    try await door.pass()
                    ended.record(name)
                }
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            // Pipelined: both are on the wire before either is answered.
            try await client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.response().text == "a")
            #expect(try await client.response().text == "b")
            await door.untilArrived(2)
            try await client.request("GET", "/c")
            #expect(try await client.response().text == "c")
            await door.untilArrived(3)
            door.open()
            #expect(await ended.untilCount(3).sorted() == ["a", "b", "c"])
        }
    }

    @Test("it can enqueue jobs, for the request that was answered")
    func enqueues() async throws {
        let seen = Recorder<String>()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/:name") { _ in
                Response.text("home").after {
                    try await background(
                        Act { _ in
                            seen.record("\(try currentRequest.origin) \(try currentRequest.parameters["name"])")
                            return ""
                        })
                }
            }
        } _: { _, port in
            _ = try await ask(port, "/ada")
            #expect(await seen.untilCount(1) == ["job ada"])
        }
    }
}
