import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Nightjar

/// What handlers may return, and what becomes of it on the wire.
@Suite struct ResponseTests {
    struct Bird: Codable, Equatable { var name: String }

    @Test("text, JSON, a status and a page each have their type")
    func kinds() async throws {
        try await withRoutes { routes in
            routes.get("/text") { _ in "hello" }
            routes.get("/json") { _ in Bird(name: "swift") }
            routes.get("/list") { _ in [1, 2, 3] }
            routes.get("/status") { _ in HTTPResponse.Status.accepted }
            routes.get("/html") { _ in Nightjar.Response.html("<p>hi</p>") }
            routes.post("/made") { _ in try Nightjar.Response.json(Bird(name: "owl"), status: .created) }
        } _: { client in
            try await client.execute(uri: "/text", method: .get) {
                #expect($0.headers[.contentType] == "text/plain; charset=utf-8")
                #expect(String(buffer: $0.body) == "hello")
            }
            try await client.execute(uri: "/json", method: .get) {
                #expect($0.headers[.contentType] == "application/json")
                #expect(String(buffer: $0.body) == #"{"name":"swift"}"#)
            }
            try await client.execute(uri: "/list", method: .get) { #expect(String(buffer: $0.body) == "[1,2,3]") }
            try await client.execute(uri: "/status", method: .get) {
                #expect($0.status == .accepted)
                #expect($0.body.readableBytes == 0)
            }
            try await client.execute(uri: "/html", method: .get) {
                #expect($0.headers[.contentType] == "text/html; charset=utf-8")
            }
            try await client.execute(uri: "/made", method: .post) { #expect($0.status == .created) }
        }
    }

    @Test("every response carries the request's id, errors included")
    func requestID() async throws {
        try await withRoutes { routes in
            routes.get("/id") { request in request.id }
            routes.get("/fail") { _ -> String in throw RequestError.noCurrentRequest }
        } _: { client in
            try await client.execute(uri: "/id", method: .get) {
                #expect($0.headers[.xRequestID] == String(buffer: $0.body))
            }
            for path in ["/fail", "/unknown"] {
                try await client.execute(uri: path, method: .get) { #expect($0.headers[.xRequestID]?.count == 32) }
            }
        }
    }

    @Test("a redirect stays here", arguments: ["/", "/a?b=c#d", "?page=2", "next", "../up", "/caf%C3%A9", "#top"])
    func goodRedirects(location: String) throws {
        let response = try Nightjar.Response.redirect(to: location)
        #expect(response.status == .seeOther)
        #expect(response.headers[.location] == location)
    }

    @Test(
        "a redirect that leads away, or would end the header, is refused",
        arguments: [
            "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
            "/ok\r\nSet-Cookie: a=b", "/ok\nX: y", "javascript:alert(1)", "https:evil.example", " //evil.example", "",
            "/a\u{0}b",
        ]
    )
    func badRedirects(location: String) {
        #expect(throws: HTTPProblem.self) { try Nightjar.Response.redirect(to: location) }
    }

    @Test("a redirect may lead away when asked to, but still not end the header")
    func allowedRedirects() throws {
        let away = try Nightjar.Response.redirect(to: "https://pay.example/", allowingOtherHosts: true)
        #expect(away.headers[.location] == "https://pay.example/")
        #expect(throws: HTTPProblem.self) {
            try Nightjar.Response.redirect(to: "https://pay.example/\r\nX: y", allowingOtherHosts: true)
        }
        #expect(try Nightjar.Response.redirect(to: "/café").headers[.location] == "/caf%C3%A9")
    }

    @Test("an address of our own counts as here")
    func ownAddress() {
        let base = "https://shop.example"
        for (location, isOurs) in [
            ("https://shop.example/a", true), ("https://shop.example", true), ("https://shop.example.evil/", false),
            ("https://shop.example@evil.example/", false),
        ] {
            let result = try? RedirectTarget.check(location, baseURL: base, allowingOtherHosts: false)
            #expect((result != nil) == isOurs, "\(location)")
        }
    }

    @Test("a streamed body knows its request, in the router and over a socket", arguments: [false, true])
    func streams(live: Bool) async throws {
        try await withRoutes(live: live) { routes in
            routes.get("/stream/:name") { _ in
                Nightjar.Response.stream(contentType: "text/plain") { writer in
                    try await writer.write("for \(try currentRequest.parameters["name"]) ")
                    await Task.yield()
                    try await writer.write("at \(try currentRequest.route ?? "?")")
                }
            }
        } _: { client in
            try await client.execute(uri: "/stream/ada", method: .get) {
                #expect(String(buffer: $0.body) == "for ada at /stream/:name")
            }
        }
    }

    @Test("a stream that fails is cut off and logged with the request's id")
    func failingStream() async throws {
        struct Boom: Error {}
        let book = LogBook()
        try await withRoutes(live: true, logger: book.logger()) { routes in
            routes.get("/fail") { _ in
                Nightjar.Response.stream { writer in
                    try await writer.write("half")
                    throw Boom()
                }
            }
        } _: { client in
            await #expect(throws: (any Error).self) { try await client.execute(uri: "/fail", method: .get) }
        }
        let line = book.lines.first { $0.message == "A streamed response failed" }
        #expect(line?.level == .error)
        #expect(line?.metadata["request.id"] != nil)
    }

    @Test("HEAD is answered for every GET, with the same headers and no body", arguments: [false, true])
    func head(live: Bool) async throws {
        try await withRoutes(live: live) { routes in
            routes.get("/text") { _ in "hello" }
            routes.get("/stream") { _ in
                Nightjar.Response.stream(contentType: "text/csv") { try await $0.write("a,b") }
            }
        } _: { client in
            try await client.execute(uri: "/text", method: .head) {
                #expect($0.status == .ok)
                #expect($0.headers[.contentLength] == "5")
                #expect($0.body.readableBytes == 0)
            }
            try await client.execute(uri: "/text", method: .get) { #expect(String(buffer: $0.body) == "hello") }
            guard !live else { return }  // over our own server: see WireTests
            try await client.execute(uri: "/stream", method: .head) {
                #expect($0.headers[.contentType] == "text/csv")
                #expect($0.headers[.contentLength] == nil)
                #expect($0.body.readableBytes == 0)
            }
        }
    }

    @Test("what waits for a response runs after it, in order, knowing its request, and one failing stops nobody")
    func after() async throws {  // DESIGN 9
        struct Boom: Error {}
        let (notes, done) = AsyncStream.makeStream(of: String.self)
        let book = LogBook()
        try await withRoutes(logger: book.logger()) { routes in
            routes.use(Named())
            routes.get("/") { _ in
                Nightjar.Response.text("ok")
                    .after { done.yield("first \(try currentRequest[Named.Name.self])") }
                    .after("second") { throw Boom() }
                    .after {
                        done.yield("third \(try currentRequest.origin)")
                        done.finish()
                    }
            }
        } _: { client in
            try await client.execute(uri: "/", method: .get) { #expect($0.status == .ok) }
        }
        var heard: [String] = []
        for await note in notes { heard.append(note) }
        #expect(heard == ["first ada", "third afterResponse"])
        #expect(book.lines.contains { $0.level == .error && $0.metadata["work"] == "second" })
    }

    struct Named: Nightjar.Middleware {
        enum Name: RequestKey { typealias Value = String }
        func handle(
            _ request: Nightjar.Request,
            next: @Sendable (Nightjar.Request) async throws -> Nightjar.Response
        ) async throws -> Nightjar.Response {
            try await next(request.with(Name.self, "ada"))
        }
    }

    @Test("cookies are careful by default, and refuse what would end them")
    func cookies() throws {
        let response = try Nightjar.Response.text("x").cookie("a", "1").cookie("b", "", maxAge: .zero, sameSite: .none)
        #expect(
            response.headers[values: .setCookie] == [
                "a=1; Path=/; HttpOnly; SameSite=Lax", "b=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None",
            ]
        )
        for bad in ["a; Path=/evil", "a\r\nX: y", "ä", "a b"] {
            #expect(throws: CookieError.self) { try response.cookie("c", bad) }
            #expect(throws: CookieError.self) { try response.cookie(bad, "c") }
            #expect(throws: CookieError.self) { try response.cookie("c", "c", path: bad) }
        }
    }

    @Test("a response that is decided late keeps the headers and the work that were added to it")
    func lateDecision() async throws {
        let (notes, done) = AsyncStream.makeStream(of: String.self)
        try await withRoutes { routes in
            routes.get("/late") { _ in
                var response = Nightjar.Response()
                response.resolve = { request in .text("for \(request.path)", status: .accepted) }
                return try response.header(.cacheControl, "no-store").cookie("a", "1").cookie("b", "2").after {
                    done.yield("after")
                    done.finish()
                }
            }
        } _: { client in
            try await client.execute(uri: "/late", method: .get) {
                #expect($0.status == .accepted)
                #expect($0.headers[.cacheControl] == "no-store")
                #expect($0.headers[values: .setCookie].count == 2)
                #expect(String(buffer: $0.body) == "for /late")
            }
        }
        #expect(await notes.first { _ in true } == "after")
    }
}
