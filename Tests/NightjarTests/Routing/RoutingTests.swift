import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Nightjar

/// Which handler answers, and what is said when none does.
@Suite struct RoutingTests {
    @Test("verbs, placeholders and wildcards find their handlers")
    func finding() async throws {
        try await withRoutes { routes in
            routes.get("/") { _ in "home" }
            routes.get("/orders/:id") { request in "order \(try request.parameters.require("id", as: Int.self))" }
            routes.put("/orders/:id") { _ in "put" }
            routes.patch("/orders/:id") { _ in "patch" }
            routes.delete("/orders/:id") { _ in "delete" }
            routes.get("/orders/:number/items/:item") { request in
                "\(try request.parameters["number"])-\(try request.parameters["item"])"
            }
            routes.get("/any/*/end") { _ in "any" }
            routes.get("/files/**") { request in try request.parameters.rest }
            routes.get("/where/:a") { request in request.route ?? "none" }
        } _: { client in
            let cases: [(HTTPRequest.Method, String, String)] = [
                (.get, "/", "home"), (.get, "/orders/7", "order 7"), (.put, "/orders/7", "put"),
                (.patch, "/orders/7", "patch"), (.delete, "/orders/7", "delete"),
                (.get, "/orders/7/items/a%20b", "7-a b"),
                (.get, "/any/thing/end", "any"), (.get, "/files/a/b/c.txt", "a/b/c.txt"),
                (.get, "/where/x", "/where/:a"),
                (.get, "/orders/7/", "order 7"), (.get, "/orders/7?x=y", "order 7"),
            ]
            for (method, path, wanted) in cases {
                try await client.execute(uri: path, method: method) {
                    #expect(String(buffer: $0.body) == wanted, "\(method) \(path)")
                }
            }
        }
    }

    @Test("a parameter of the wrong type is a 400 that names it; one the route does not have is our mistake")
    func parameters() async throws {
        try await withRoutes { routes in
            routes.get("/orders/:id") { request in "\(try request.parameters.require("id", as: Int.self))" }
            routes.get("/wrong/:id") { request in try request.parameters["name"] }
        } _: { client in
            try await client.execute(uri: "/orders/abc", method: .get) {
                #expect($0.status == .badRequest)
                #expect(String(buffer: $0.body).contains("\"field\":\"id\""))
            }
            try await client.execute(uri: "/wrong/1", method: .get) { #expect($0.status == .internalServerError) }
        }
    }

    @Test("an unknown path is a 404, a known one with another method a 405 that says which are allowed")
    func nothingThere() async throws {
        try await withRoutes { routes in
            routes.get("/orders/:id") { _ in "get" }
            routes.delete("/orders/:id") { _ in "delete" }
            routes.post("/orders") { _ in "post" }
        } _: { client in
            try await client.execute(uri: "/nothing", method: .get) { #expect($0.status == .notFound) }
            try await client.execute(uri: "/orders/1/more", method: .get) { #expect($0.status == .notFound) }
            try await client.execute(uri: "/orders/1", method: .post) {
                #expect($0.status == .methodNotAllowed)
                #expect($0.headers[.allow] == "DELETE, GET, HEAD, OPTIONS")
            }
            try await client.execute(uri: "/orders", method: .get) {
                #expect($0.status == .methodNotAllowed)
                #expect($0.headers[.allow] == "OPTIONS, POST")
            }
            let brew = try #require(HTTPRequest.Method("BREW"))
            try await client.execute(uri: "/orders", method: brew) { #expect($0.status == .methodNotAllowed) }
            try await client.execute(uri: "/orders/1", method: .options) {
                #expect($0.status == .noContent)
                #expect($0.headers[.allow] == "DELETE, GET, HEAD, OPTIONS")
                #expect($0.headers[.contentLength] == nil)
            }
        }
    }

    @Test("a HEAD or OPTIONS route of one's own goes before the ones that come by themselves")
    func ownHead() async throws {
        try await withRoutes { routes in
            routes.get("/a") { _ in "get" }
            routes.on(.head, "/a") { _ in Nightjar.Response.empty(.accepted) }
            routes.on(.options, "/a") { _ in "mine" }
        } _: { client in
            try await client.execute(uri: "/a", method: .head) { #expect($0.status == .accepted) }
            try await client.execute(uri: "/a", method: .options) { #expect(String(buffer: $0.body) == "mine") }
        }
    }

    @Test("placeholders with different names at the same place live side by side")
    func sharedPlaces() async throws {
        try await withRoutes { routes in
            routes.get("/users/:id") { request in "user \(try request.parameters["id"])" }
            routes.get("/users/:name/posts") { request in "posts of \(try request.parameters["name"])" }
            routes.get("/users/new") { _ in "new" }
        } _: { client in
            try await client.execute(uri: "/users/7", method: .get) { #expect(String(buffer: $0.body) == "user 7") }
            try await client.execute(uri: "/users/ada/posts", method: .get) {
                #expect(String(buffer: $0.body) == "posts of ada")
            }
            try await client.execute(uri: "/users/new", method: .get) { #expect(String(buffer: $0.body) == "new") }
            try await client.execute(uri: "/users/new/posts", method: .get) {
                #expect(String(buffer: $0.body) == "posts of new")
            }
        }
    }

    @Test("when the beginning of a path fits two routes, the one that fits as a whole answers")
    func goingBack() async throws {
        try await withRoutes { routes in
            routes.get("/hello") { _ in "hello" }
            routes.get("/hello/:a/b") { _ in "a b" }
            routes.get("/:page/x") { request in "page \(try request.parameters["page"])" }
            routes.get("/users/new") { _ in "form" }
            routes.delete("/users/:id") { request in "deleted \(try request.parameters["id"])" }
            routes.get("/**") { request in "rest \(try request.parameters.rest)" }
        } _: { client in
            for (path, wanted) in [
                ("/hello", "hello"), ("/hello/1/b", "a b"), ("/hello/x", "page hello"), ("/other/x", "page other"),
                ("/hello/1/2/3", "rest hello/1/2/3"), ("/users/new", "form"),
            ] {
                try await client.execute(uri: path, method: .get) {
                    #expect(String(buffer: $0.body) == wanted, "\(path)")
                }
            }
            try await client.execute(uri: "/users/new", method: .delete) {
                #expect(String(buffer: $0.body) == "deleted new")
            }
            try await client.execute(uri: "/users/new", method: .put) {
                #expect($0.status == .methodNotAllowed)
                #expect($0.headers[.allow] == "DELETE, GET, HEAD, OPTIONS")
            }
        }
    }

    @Test("mistakes in the routes are found at the start, as sentences")
    func mistakes() throws {
        func build(_ add: (TestRoutes) -> Void) throws {
            let routes = TestRoutes()
            add(routes)
            _ = try AppResponder(routes.routeScope, settings: RequestSettings())
        }
        #expect(throws: RouteError.doubled(method: "GET", path: "/a/:y")) {
            try build {
                $0.get("/a/:x") { _ in "" }
                $0.get("a/:y/") { _ in "" }
            }
        }
        for path in ["/**/a", "/:", "/a/:x/:x", "/a{b}", "/a*", "/a?b"] {
            #expect(throws: RouteError.self, "\(path)") { try build { $0.get(path) { _ in "" } } }
        }
    }

    @Test("a route that is added after the start is refused and remembered")
    func lateRoute() throws {
        let routes = TestRoutes()
        routes.get("/a") { _ in "a" }
        _ = try AppResponder(routes.routeScope, settings: RequestSettings())
        routes.get("/b") { _ in "b" }
        #expect(routes.routeScope.lateAdditions == ["GET /b"])
    }

    @Test("a body over the route's limit is a 413 before the handler runs; a route may raise the limit")
    func bodyLimit() async throws {
        let settings = try RequestSettings(bodyLimit: .bytes(10))
        try await withRoutes(settings: settings) { routes in
            routes.post("/small") { request in "\(try await request.body().readableBytes)" }
            routes.post("/large", bodyLimit: .bytes(20)) { request in "\(try await request.body().readableBytes)" }
            routes.post("/unread") { _ in "unread" }
        } _: { client in
            let body = ByteBuffer(string: "fifteen letters")
            for path in ["/small", "/unread"] {
                try await client.execute(uri: path, method: .post, body: body) {
                    #expect($0.status == .contentTooLarge)
                    #expect($0.headers[.connection] == "close")
                }
            }
            try await client.execute(uri: "/large", method: .post, body: body) {
                #expect(String(buffer: $0.body) == "15")
            }
        }
    }

    @Test("the access log has a line per request with the route, and never the query")
    func accessLog() async throws {
        let book = LogBook()
        try await withRoutes(logger: book.logger()) { routes in
            routes.get("/reset/:id") { _ in "ok" }
        } _: { client in
            try await client.execute(uri: "/reset/1?token=hunter2", method: .get, headers: [.cookie: "s=hunter2"])
            try await client.execute(uri: "/nothing?token=hunter2", method: .get)
        }
        let lines = book.lines.filter { $0.message == "Request" }
        #expect(lines.map { $0.metadata["path"] } == ["/reset/:id", "/nothing"])
        #expect(lines.map { "\($0.metadata["status"] ?? "")" } == ["200", "404"])
        #expect(lines.first.map { "\($0.metadata["bytes"] ?? "")" } == "2")
        #expect(lines.allSatisfy { $0.level == .info && $0.metadata["request.id"] != nil && $0.metadata["ms"] != nil })
        #expect(!book.text.contains("hunter2"))
    }

    @Test("milliseconds are written with one digit")
    func milliseconds() {
        #expect(AccessLog.milliseconds(.microseconds(1234)) == "1.2")
        #expect(AccessLog.milliseconds(.seconds(2)) == "2000.0")
        #expect(AccessLog.milliseconds(.zero) == "0.0")
    }
}
