import NightjarTesting
import Synchronization
import Testing

@testable import Nightjar

/// `Response.background(job)`: stored before the response is sent, started after it. NORI-2, DESIGN §9
@Suite("A job that belongs to a response", .timeLimit(.minutes(1)))
struct ResponseJobTests {
    private func only(_ app: App) async throws -> JobRecord? {
        try await app.queue.list(JobFilter(name: Act.name)).first
    }

    @Test("it is stored before the response is sent, and starts once it has been")
    func order() async throws {
        let mayEnd = Gate()
        let notes = Recorder<String>()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/") { request in
                let job = Act { _ in
                    notes.record("job \(try currentRequest.id == request.id)")
                    return ""
                }
                return Response.stream { writer in
                    try await writer.write("begin ")
                    await mayEnd.wait()
                    notes.record("last piece")
                    try await writer.write("end")
                }.background(job)
            }
        } _: { app, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            _ = try await client.readThrough("begin ")
            let record = try #require(try await only(app))
            #expect(record.state == .scheduled)
            #expect(record.dueAt - record.createdAt == .seconds(60))
            mayEnd.open()
            #expect(await notes.untilCount(2) == ["last piece", "job true"])
        }
    }

    @Test("if nobody lets it go, because the process died in between, it runs a minute later")
    func graceful() async throws {
        let clock = ManualClock()
        let mayEnd = Gate()
        let ran = Recorder<String>()
        try await withRunningApp(configuration: .testBackend, backends: [.timed(clock)]) { app in
            try app.register(Act.self)
            app.get("/") { _ in
                Response.stream { writer in
                    try await writer.write("begin ")
                    await mayEnd.wait()
                }.background(
                    Act { _ in
                        ran.record("ran")
                        return ""
                    })
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            _ = try await client.readThrough("begin ")
            await clock.untilSomebodySleeps(until: clock.now + .seconds(60))
            clock.advance(by: .seconds(60))
            await ran.untilCount(1)
            mayEnd.open()
            _ = try await client.readThrough("\r\n0\r\n\r\n")
        }
        #expect(ran.values == ["ran"])
    }

    // NOBS-B8
    @Test("if it cannot be stored, the response is an error, and those stored before it are called off")
    func storeFails() async throws {
        let backend = StoringBackend()
        let notes = Recorder<String>()
        try await withRunningApp(configuration: .testBackend, backends: [.stored(backend)]) { app in
            try app.register(Act.self)
            app.get("/") { _ in
                Response.text("fine")
                    .after { notes.record("after") }
                    .background(Act { _ in "" })
                    .background(Act { _ in "" })
            }
        } _: { app, port in
            backend.breakAfter(1)
            let response = try await ask(port, "/")
            #expect(response.status == 500)
            #expect(response.text.contains("DiskFull"))
            #expect(try await only(app)?.state == .cancelled)
        }
        #expect(notes.values.isEmpty)
    }

    @Test("a response that a middleware turns into an error stores nothing")
    func middlewareThrows() async throws {
        struct Failing: Middleware {
            func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response
            {
                _ = try await next(request)
                throw HTTPProblem(.forbidden)
            }
        }
        try await withRunningApp { app in
            try app.register(Act.self)
            app.use(Failing())
            app.get("/") { _ in Response.text("fine").background(Act { _ in "" }) }
        } _: { app, port in
            let response = try await ask(port, "/")
            #expect(response.status == 403)
            let record = try await only(app)
            #expect(record == nil)
        }
    }

    @Test("it keeps its place among the other work, and what is changed on the response afterwards stays changed")
    func fluent() async throws {
        let backend = StoringBackend()
        let notes = Recorder<String>()
        try await withRunningApp(configuration: .testBackend, backends: [.stored(backend)]) { app in
            try app.register(Act.self)
            app.get("/") { [unowned app] _ in
                var response = Response.text("fine")
                    .after { notes.record("\(try await app.queue.list(JobFilter(states: [.scheduled])).count)") }
                    .background(Act { _ in "" })
                    .after { notes.record("\(try await app.queue.list(JobFilter(states: [.scheduled])).count)") }
                    .header(.contentType, "text/html")
                response.status = .created
                return response
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            #expect(response.status == 201)
            #expect(response["content-type"] == "text/html")
            // Held back for the first, let go for the second.
            #expect(await notes.untilCount(2) == ["1", "0"])
        }
    }

    @Test("its own delay counts from when the response was sent")
    func delay() async throws {
        let clock = ManualClock()
        let sent = Gate()
        try await withRunningApp(configuration: .testBackend, backends: [.timed(clock)]) { app in
            try app.register(Act.self)
            app.get("/") { _ in
                Response.text("fine").background(Act { _ in "" }, options: JobOptions(delay: .seconds(10)))
                    .after { sent.open() }
            }
        } _: { app, port in
            _ = try await ask(port, "/")
            await sent.wait()
            #expect(try await only(app)?.dueAt == clock.now + .seconds(10))
        }
    }

    @Test("where an older job of the same key stays as it is, it is not started early")
    func unique() async throws {
        let sent = Gate()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/") { _ in
                Response.text("fine")
                    .background(Act { _ in "" }, options: JobOptions(unique: UniquePolicy(key: "digest")))
                    .after { sent.open() }
            }
        } _: { app, port in
            let options = JobOptions(unique: UniquePolicy(key: "digest"))
            let older = try await app.background(Act { _ in "" }, delay: .seconds(3600), options: options)
            let due = try await older.status.dueAt
            _ = try await ask(port, "/")
            await sent.wait()
            #expect(try await older.status.dueAt == due)
            #expect(try await older.status.state == .scheduled)
        }
    }

    @Test("a client that goes away changes nothing")
    func clientGone() async throws {
        let reached = Gate()
        let gone = Gate()
        let ran = Recorder<Int>()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/") { _ in
                reached.open()
                await gone.wait()
                return Response.text("too late").background(
                    Act { _ in
                        ran.record(1)
                        return ""
                    })
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            await reached.wait()
            await client.close()
            gone.open()
            await ran.untilCount(1)
        }
    }

    @Test("shutdown lets it go, and waits for it")
    func shutdown() async throws {
        let ran = Mutex(false)
        let isSending = Gate()
        let mayEnd = Gate()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/") { _ in
                Response.stream { writer in
                    isSending.open()
                    await mayEnd.wait()
                    try await writer.write("end")
                }.background(
                    Act { _ in
                        ran.withLock { $0 = true }
                        return ""
                    })
            }
        } _: { app, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            await isSending.wait()
            await app.shutdown()
            mayEnd.open()
            #expect(try await client.response().text == "end")
        }
        #expect(ran.withLock { $0 })
    }
}
