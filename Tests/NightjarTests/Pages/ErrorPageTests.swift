import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NightjarSQLite
import Testing

@testable import Nightjar

/// What a client is told when something went wrong.
@Suite struct ErrorPageTests {
    struct DatabaseDown: Error, CustomStringConvertible {
        var description: String { "password=hunter2 refused <b>by</b> host" }
    }

    private static let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    private func routes(_ routes: TestRoutes) {
        routes.get("/fail") { _ -> String in throw DatabaseDown() }
        routes.get("/down") { _ -> String in
            throw HTTPProblem(.serviceUnavailable, "Back at eight.", headers: [.retryAfter: "60"])
        }
        routes.get("/hummingbird") { _ -> String in throw HTTPError(.conflict, message: "Twice") }
        routes.get("/cancelled") { _ -> String in throw CancellationError() }
    }

    @Test("clients that are no browsers get application/problem+json")
    func problemDocument() async throws {
        try await withRoutes(routes) { client in
            for accept in [nil, "*/*", "application/json", "application/json, text/html;q=0.5"] {
                try await client.execute(uri: "/nothing", method: .get, headers: accept.map { [.accept: $0] } ?? [:]) {
                    #expect($0.headers[.contentType] == "application/problem+json")
                    let text = String(buffer: $0.body)
                    #expect(text.contains(#""status":404"#))
                    #expect(text.contains(#""title":"Not Found""#))
                    #expect(text.contains("urn:request:\($0.headers[.xRequestID] ?? "-")"))
                }
            }
        }
    }

    @Test("browsers get a page with the request's id")
    func page() async throws {
        try await withRoutes(routes) { client in
            try await client.execute(uri: "/nothing", method: .get, headers: [.accept: Self.browser]) {
                #expect($0.status == .notFound)
                #expect($0.headers[.contentType] == "text/html; charset=utf-8")
                let text = String(buffer: $0.body)
                #expect(text.contains("<h1>Not Found</h1>"))
                #expect(text.contains($0.headers[.xRequestID] ?? "-"))
            }
        }
    }

    @Test("in production no client sees what was thrown", arguments: [nil, browser])
    func production(accept: String?) async throws {
        let book = LogBook()
        let settings = try RequestSettings(showsErrors: false)
        try await withRoutes(settings: settings, logger: book.logger(), routes) { client in
            try await client.execute(uri: "/fail", method: .get, headers: accept.map { [.accept: $0] } ?? [:]) {
                #expect($0.status == .internalServerError)
                let text = String(buffer: $0.body)
                #expect(!text.contains("hunter2"))
                #expect(!text.contains("DatabaseDown"))
            }
        }
        let line = book.lines.first { $0.level == .error }
        #expect(line?.metadata["request.id"] != nil)
        let logged = "\(line?.metadata["error"] ?? "")"
        #expect(logged.contains("hunter2"), "the log is for us")
    }

    @Test("in development the page shows what was thrown, escaped")
    func development() async throws {
        try await withRoutes(routes) { client in
            try await client.execute(uri: "/fail", method: .get, headers: [.accept: Self.browser]) {
                let text = String(buffer: $0.body)
                #expect(text.contains("DatabaseDown"))
                #expect(text.contains("&lt;b&gt;by&lt;/b&gt;"))
                #expect(!text.contains("<b>by</b>"))
            }
            try await client.execute(uri: "/fail", method: .get) {
                #expect(String(buffer: $0.body).contains("refused"))
            }
        }
    }

    @Test("a problem keeps its words and headers, also in production")
    func ownWords() async throws {
        try await withRoutes(settings: try RequestSettings(showsErrors: false), routes) { client in
            try await client.execute(uri: "/down", method: .get) {
                #expect($0.status == .serviceUnavailable)
                #expect($0.headers[.retryAfter] == "60")
                #expect(String(buffer: $0.body).contains("Back at eight."))
            }
            try await client.execute(uri: "/hummingbird", method: .get) { #expect($0.status == .conflict) }
        }
    }

    @Test("a store of jobs that is away for now is a 503 that says when to try again, in words of ours")
    func storeAway() async throws {
        let passing = [
            SQLiteError.full(path: "jobs.sqlite"), .locked(path: "jobs.sqlite"), .readOnly(path: "jobs.sqlite"),
            .cannotOpen(path: "jobs.sqlite", detail: "gone"), .failed(path: "jobs.sqlite", code: 10, detail: "I/O"),
        ]
        for error in passing {
            let problem = ErrorPages.problem(for: error)
            #expect(problem.status == .serviceUnavailable)
            #expect(problem.headers[.retryAfter] == "5")
            #expect(problem.detail == "Jobs cannot be stored or looked up at the moment. Try again soon.")
        }
        let lasting = SQLiteError.corrupt(path: "jobs.sqlite", detail: "torn")
        #expect(ErrorPages.problem(for: lasting).status == .internalServerError)
    }

    @Test("a cancelled handler is not an error of ours")
    func cancelled() async throws {
        let book = LogBook()
        try await withRoutes(logger: book.logger(), routes) { client in
            try await client.execute(uri: "/cancelled", method: .get) { #expect($0.status == .serviceUnavailable) }
        }
        #expect(!book.lines.contains { $0.level == .error })
    }

    @Test("an application's own error template replaces ours")
    func ownTemplate() async throws {
        let settings = try RequestSettings()
        try settings.templates.add("error", "Oh no: {{status}}")
        try await withRoutes(settings: settings, routes) { client in
            try await client.execute(uri: "/nothing", method: .get, headers: [.accept: Self.browser]) {
                #expect(String(buffer: $0.body) == "Oh no: 404")
            }
        }
    }

    @Test("the built-in page is there, complete, and asks nobody else for anything")
    func builtIn() throws {
        #expect(ErrorPages.builtIn.has("error"))
        let html = try ErrorPages.builtIn.text("error", ["status": 500, "title": "x", "requestID": "y"])
        #expect(html.hasPrefix("<!doctype html>"))
        #expect(html.contains("prefers-color-scheme: dark"))
        for foreign in ["http:", "https:", "src=", "<link", "<script", "@import"] { #expect(!html.contains(foreign)) }
    }
}
