import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Nightjar

/// Middleware: order, scope, and what it passes on.
@Suite struct MiddlewareTests {
    enum Trail: RequestKey { typealias Value = [String] }

    /// Adds its name to the request's trail on the way in, and to a header on the way out.
    struct Mark: Nightjar.Middleware {
        let name: String

        func handle(
            _ request: Nightjar.Request,
            next: @Sendable (Nightjar.Request) async throws -> Nightjar.Response
        ) async throws -> Nightjar.Response {
            let trail = (try? request[Trail.self]) ?? []
            var response = try await next(request.with(Trail.self, trail + [name]))
            #expect(try currentRequest === request, "the middleware's own request is current again")
            response.headers[.via] = (response.headers[.via] ?? "") + name
            return response
        }
    }

    @Test("outer middleware runs first, groups nest, and the order of adding routes does not matter")
    func order() async throws {
        try await withRoutes { routes in
            routes.get("/early") { _ in try currentRequest[Trail.self].joined() }
            routes.use(Mark(name: "a"))
            routes.use(Mark(name: "b"))
            routes.group("/group") { group in
                group.get("/x") { request in try request[Trail.self].joined() }
                group.use(Mark(name: "c"))
                group.group("/inner") { inner in
                    inner.use(Mark(name: "d"))
                    inner.get("/") { _ in try currentRequest[Trail.self].joined() }
                }
            }
        } _: { client in
            for (path, trail) in [("/early", "ab"), ("/group/x", "abc"), ("/group/inner", "abcd")] {
                try await client.execute(uri: path, method: .get) {
                    #expect(String(buffer: $0.body) == trail)
                    #expect($0.headers[.via] == String(trail.reversed()))
                }
            }
        }
    }

    @Test("the application's middleware sees requests that nobody answers; a group's does not")
    func unknownPaths() async throws {
        let notes = Notes()
        try await withRoutes { routes in
            routes.use(Note(notes: notes, name: "root"))
            routes.group("/group") { group in
                group.use(Note(notes: notes, name: "group"))
                group.get("/x") { _ in "x" }
            }
        } _: { client in
            try await client.execute(uri: "/nothing", method: .get)
            try await client.execute(uri: "/group/x", method: .post)
        }
        #expect(notes.all == ["root", "root"])
    }

    struct Note: Nightjar.Middleware {
        let notes: Notes
        let name: String

        func handle(
            _ request: Nightjar.Request,
            next: @Sendable (Nightjar.Request) async throws -> Nightjar.Response
        ) async throws -> Nightjar.Response {
            notes.add(name)
            return try await next(request)
        }
    }

    struct Guarded: Nightjar.Middleware {
        func handle(
            _ request: Nightjar.Request,
            next: @Sendable (Nightjar.Request) async throws -> Nightjar.Response
        ) async throws -> Nightjar.Response {
            do {
                guard try request.query["in"] != nil else { return try .redirect(to: "/login") }
                return try await next(request)
            } catch is RequestError {
                return .text("caught", status: .conflict)
            }
        }
    }

    @Test("middleware may answer itself, and may catch what a handler throws")
    func answering() async throws {
        try await withRoutes { routes in
            routes.use(Guarded())
            routes.get("/fail") { _ -> String in throw RequestError.bodyAlreadyRead }
        } _: { client in
            try await client.execute(uri: "/fail", method: .get) {
                #expect($0.status == .seeOther)
                #expect($0.headers[.location] == "/login")
            }
            try await client.execute(uri: "/fail?in=1", method: .get) { #expect($0.status == .conflict) }
        }
    }

    @Test("two requests at once never see each other's values")  // AT-20
    func apart() async throws {
        struct FromQuery: Nightjar.Middleware {
            func handle(
                _ request: Nightjar.Request,
                next: @Sendable (Nightjar.Request) async throws -> Nightjar.Response
            ) async throws -> Nightjar.Response {
                try await next(request.with(Trail.self, [try request.query["n"] ?? ""]))
            }
        }
        try await withRoutes { routes in
            routes.use(FromQuery())
            routes.get("/") { _ in
                for _ in 0..<5 { await Task.yield() }
                return try currentRequest[Trail.self].joined()
            }
        } _: { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await client.execute(uri: "/?n=\(number)", method: .get) {
                            #expect(String(buffer: $0.body) == "\(number)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
