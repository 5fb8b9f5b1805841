import NightjarTesting
import Synchronization
import Testing

@testable import Nightjar

/// `currentRequest` everywhere, and nowhere else. ASOK-41, ASOK-42, AT-20
@Suite("currentRequest", .timeLimit(.minutes(1)))
struct CurrentRequestTests {
    final class User: Sendable {
        let name: String
        let isGone: Gate
        init(_ name: String, isGone: Gate = Gate()) {
            self.name = name
            self.isGone = isGone
        }
        deinit { isGone.open() }
    }

    enum CurrentUser: RequestKey { typealias Value = User }

    enum UserID: CarriedContextKey {
        typealias Value = Int
        static let id = "user-id"
    }

    struct SignIn: Middleware {
        var isGone = Gate()
        func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
            try await next(request.with(CurrentUser.self, User("Ada", isGone: isGone)).with(UserID.self, 7))
        }
    }

    private static func seen() throws -> String {
        let request = try currentRequest
        return "\(request.origin) \(request.path) \(try request.query["q"] ?? "") \(request.locale)"
    }

    @Test("it is there in the handler, in jobs of both kinds, in a streamed body, in events and after the response")
    func everywhere() async throws {
        let notes = Recorder<String>()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/work") { request in
                notes.record("handler \(try Self.seen())")
                let closure = try await request.background { try Self.seen() }.value
                let typed = try await request.background(Act { _ in try Self.seen() }).value
                return Response.text("\(closure)|\(typed)").after { notes.record("after \(try Self.seen())") }
            }
            app.get("/stream") { _ in
                Response.stream { try await $0.write(try Self.seen()) }.after {
                    notes.record("after \(try Self.seen())")
                }
            }
            app.get("/events") { _ in
                Response.events(
                    AsyncStream { continuation in
                        continuation.yield(1)
                        continuation.finish()
                    }.map { _ in ServerSentEvent(data: try Self.seen()) })
            }
        } _: { _, port in
            let headers = ["Accept-Language": "de"]
            let work = try await ask(port, "/work?q=1", headers: headers)
            #expect(work.text == "live /work 1 de|job /work 1 de")
            #expect(await notes.untilCount(2) == ["handler live /work 1 de", "after afterResponse /work 1 de"])
            #expect(try await ask(port, "/stream?q=2", headers: headers).text == "live /stream 2 de")
            #expect(await notes.untilCount(3).last == "after afterResponse /stream 2 de")
            #expect(try await ask(port, "/events", headers: headers).text.contains("data: live /events  de\n"))
        }
    }

    @Test("a middleware's value is there in a closure whatever it is, and in a typed job if it is carried")
    func values() async throws {
        try await withRunningApp { app in
            try app.register(Act.self)
            try app.carry(UserID.self)
            app.use(SignIn())
            app.get("/") { request in
                let closure = request.background { try currentRequest[CurrentUser.self].name }
                let carried = try await request.background(Act { _ in "\(try currentRequest[UserID.self])" })
                let lost = try await request.background(Act { _ in try currentRequest[CurrentUser.self].name })
                let cookie = try await request.background(Act { _ in try currentRequest.cookies["session"] ?? "none" })
                let header = try await request.background(
                    Act { _ in try currentRequest.headers["authorization"] ?? "none" })
                let body = try await request.background(Act { _ in "\(try await currentRequest.body().readableBytes)" })
                var texts = [try await closure.value, try await carried.value]
                for future in [lost, cookie, header, body] {
                    do { texts.append(try await future.value) } catch JobError.failed(let failure) {
                        texts.append(failure.message)
                    }
                }
                return texts.joined(separator: "\n")
            }
        } _: { _, port in
            let headers = ["Cookie": "session=s3cret", "Authorization": "Bearer s3cret"]
            let lines = try await ask(port, "/", headers: headers).text.split(separator: "\n")
            #expect(lines.prefix(2) == ["Ada", "7"])
            #expect(lines[2].hasPrefix("A job does not know the value CurrentUser of the request"))
            #expect(lines[3].contains("cookie"))
            #expect(lines[4].hasPrefix("A job does not know the header authorization"))
            #expect(lines[5].contains("body"))
            #expect(!lines.joined().contains("s3cret"))
        }
    }

    @Test("a typed job keeps nothing of the live request alive")
    func notRetained() async throws {  // ASOK-B21, AT-20
        let isGone = Gate()
        let futures = Mutex<[JobFuture<String>]>([])
        try await withRunningApp { app in
            try app.register(Act.self)
            app.use(SignIn(isGone: isGone))
            app.get("/") { request in
                let waiting = try await request.background(Act { _ in "" }, delay: .seconds(3600))
                futures.withLock { $0.append(waiting) }
                return "accepted"
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            #expect(try await client.response().text == "accepted")
            // Ends when the object that the middleware attached has been freed, the connection and the job still there.
            await isGone.wait()
            let future = try #require(futures.withLock { $0.first })
            #expect(try await future.status.state == .scheduled)
            await client.close()
        }
    }

    @Test("a closure that waits keeps its request, and lets go of it when it has run")
    func closureRetains() async throws {
        let isGone = Gate()
        let mayRun = Gate()
        let names = Recorder<String>()
        try await withRunningApp { app in
            app.use(SignIn(isGone: isGone))
            app.get("/") { request in
                request.background {
                    await mayRun.wait()
                    names.record(try currentRequest[CurrentUser.self].name)
                }
                return "accepted"
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            #expect(response.text == "accepted")
            mayRun.open()
            #expect(await names.untilCount(1) == ["Ada"])
            await isGone.wait()
        }
    }

    @Test("there is none at start-up, in work nobody asked for, and in what a request does not own")
    func nowhereElse() async throws {  // ASOK-42
        let notes = Recorder<RequestError?>()
        @Sendable func look() {
            do {
                _ = try currentRequest
                notes.record(nil)
            } catch { notes.record(error as? RequestError) }
        }
        try await withRunningApp { app in
            try app.register(Act.self)
            app.onStart {
                look()
                background { look() }
            }
            app.get("/") { _ in
                await Task.detached { look() }.value
                return "home"
            }
        } _: { app, port in
            await notes.untilCount(2)
            _ = try await ask(port, "/")
            _ = try await app.background(
                Act { _ in
                    look()
                    return ""
                }
            ).value
            _ = try await app.background { look() }.value
            look()
            #expect(notes.values == Array(repeating: .noCurrentRequest, count: 6))
            #expect("\(RequestError.noCurrentRequest)".contains("scheduled"))
        }
    }

    @Test("two jobs side by side on one worker never see each other's")
    func apart() async throws {  // ASOK-B10
        let barrier = Gate()
        let arrived = Recorder<Int>()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/:name") { request in
                let code: @Sendable () async throws -> String = {
                    let before = try currentRequest.parameters["name"]
                    arrived.record(1)
                    await barrier.wait()
                    await Task.yield()
                    return try currentRequest.parameters["name"] == before ? before : "mixed up"
                }
                let typed = try await request.background(Act { _ in try await code() })
                let closure = request.background { try await code() }
                return "\(try await typed.value) \(try await closure.value)"
            }
        } _: { _, port in
            async let one = ask(port, "/one")
            async let two = ask(port, "/two")
            async let three = ask(port, "/three")
            await arrived.untilCount(6)
            barrier.open()
            let texts = [try await one.text, try await two.text, try await three.text]
            #expect(texts == ["one one", "two two", "three three"])
        }
    }

    @Test("a job that runs after another on the same thread does not inherit its request")
    func oneAfterTheOther() async throws {
        var configuration = AppConfiguration.testing
        configuration.backgroundWorkers = 1
        try await withRunningApp(configuration: configuration) { app in
            try app.register(Act.self)
            app.get("/") { request in try await request.background(Act { _ in try currentRequest.id }).value }
        } _: { app, port in
            for _ in 1...5 {
                let response = try await ask(port, "/")
                #expect(response.text == response["x-request-id"])
                let seen = try await app.background { (try? currentRequest)?.id }.value
                #expect(seen == nil)
            }
        }
    }
}
