import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Nightjar

/// Files from folders and bytes from the program.
@Suite struct StaticFileTests {
    /// A folder with a few files, removed at the end.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/public/docs", withIntermediateDirectories: true)
        for (name, text) in [
            ("secret.txt", "secret"), ("public/a b.txt", "spaced"), ("public/app.css", "body{}"),
            ("public/.env", "hidden"),
            ("public/docs/index.html", "<p>docs"), ("public/taken.txt", "file"),
        ] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        try await body(folder)
    }

    @Test("files are served below their path, with type, tag and ranges")
    func serving() async throws {
        try await withFolder { folder in
            try await withRoutes { routes in
                routes.files(folder + "/public", at: "/assets")
            } _: { client in
                let tag = try await client.execute(uri: "/assets/app.css", method: .get) {
                    #expect($0.status == .ok)
                    #expect($0.headers[.contentType]?.hasPrefix("text/css") == true)
                    #expect(String(buffer: $0.body) == "body{}")
                    #expect($0.headers[.xContentTypeOptions] == "nosniff")
                    return try #require($0.headers[.eTag])
                }
                try await client.execute(uri: "/assets/app.css", method: .get, headers: [.ifNoneMatch: tag]) {
                    #expect($0.status == .notModified)
                    #expect($0.body.readableBytes == 0)
                }
                try await client.execute(uri: "/assets/app.css", method: .get, headers: [.range: "bytes=0-3"]) {
                    #expect($0.status == .partialContent)
                    #expect(String(buffer: $0.body) == "body")
                }
                try await client.execute(uri: "/assets/app.css", method: .head) {
                    #expect($0.headers[.contentLength] == "6")
                    #expect($0.body.readableBytes == 0)
                }
                try await client.execute(uri: "/assets/a%20b.txt", method: .get) {
                    #expect(String(buffer: $0.body) == "spaced")
                }
                try await client.execute(uri: "/assets/docs/", method: .get) {
                    #expect(String(buffer: $0.body) == "<p>docs")
                }
                try await client.execute(uri: "/assets/docs", method: .get) {
                    #expect($0.headers[.location] == "/assets/docs/")
                }
            }
        }
    }

    @Test("nothing outside the folder and nothing hidden is served, however it is written")
    func escaping() async throws {
        try await withFolder { folder in
            try await withRoutes { routes in
                routes.files(folder + "/public", at: "/assets")
            } _: { client in
                for path in [
                    "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt", "/assets/.env",
                    "/assets/docs/../../secret.txt", "/assetsapp.css", "/assets/%00app.css", "/assets/..%5csecret.txt",
                    "/assets/missing.txt", "/assets",
                ] {
                    try await client.execute(uri: path, method: .get) {
                        #expect($0.status.kind == .clientError, "\(path)")
                        #expect(!String(buffer: $0.body).contains("hidden"))
                    }
                }
            }
        }
    }

    @Test("a route goes before a file of the same name, a group's middleware guards its files")
    func order() async throws {
        struct Closed: Middleware {
            func handle(
                _ request: Request,
                next: @Sendable (Request) async throws -> Response
            ) async throws -> Response {
                .empty(.forbidden)
            }
        }
        try await withFolder { folder in
            try await withRoutes { routes in
                routes.files(folder + "/public")
                routes.get("/taken.txt") { _ in "route" }
                routes.group("/closed") { closed in
                    closed.use(Closed())
                    closed.files(folder + "/public")
                }
            } _: { client in
                try await client.execute(uri: "/taken.txt", method: .get) {
                    #expect(String(buffer: $0.body) == "route")
                }
                try await client.execute(uri: "/app.css", method: .get) { #expect($0.status == .ok) }
                try await client.execute(uri: "/closed/app.css", method: .get) { #expect($0.status == .forbidden) }
                try await client.execute(uri: "/app.css", method: .post) { #expect($0.status == .notFound) }
            }
        }
    }

    @Test("one file as a response: ranges, a name to save it under, 404 when it is gone", arguments: [false, true])
    func oneFile(live: Bool) async throws {
        try await withFolder { folder in
            try await withRoutes(live: live) { routes in
                routes.get("/download") { _ in
                    Response.file(folder + "/public/a b.txt", downloadName: "Ünï \"x\".txt")
                }
                routes.post("/post") { _ in Response.file(folder + "/secret.txt", contentType: "text/x") }
                routes.get("/gone") { _ in Response.file(folder + "/gone") }
            } _: { client in
                try await client.execute(uri: "/download", method: .get) {
                    #expect(String(buffer: $0.body) == "spaced")
                    #expect(
                        $0.headers[.contentDisposition]
                            == "attachment; filename*=UTF-8''%C3%9Cn%C3%AF%20%22x%22.txt"
                    )
                }
                try await client.execute(uri: "/download", method: .get, headers: [.range: "bytes=2-"]) {
                    #expect($0.status == .partialContent)
                    #expect(String(buffer: $0.body) == "aced")
                }
                try await client.execute(uri: "/post", method: .post) {
                    #expect($0.headers[.contentType] == "text/x")
                    #expect(String(buffer: $0.body) == "secret")
                }
                try await client.execute(uri: "/gone", method: .get) { #expect($0.status == .notFound) }
            }
        }
    }

    @Test("embedded bytes have type and tag, answer HEAD, and 304 when they are known")
    func assets() async throws {
        try await withRoutes { routes in
            routes.asset("/app.css", Array("body{}".utf8))
            routes.asset("/app.js", Array("1".utf8), maxAge: .seconds(3600))
            routes.asset("/blob", [0, 1, 2])
        } _: { client in
            let tag = try await client.execute(uri: "/app.css", method: .get) {
                #expect($0.headers[.contentType] == "text/css; charset=utf-8")
                #expect($0.headers[.cacheControl] == "no-cache")
                #expect(String(buffer: $0.body) == "body{}")
                return try #require($0.headers[.eTag])
            }
            for known in [tag, "\"other\", \(tag)", "W/\(tag)", "*"] {
                try await client.execute(uri: "/app.css", method: .get, headers: [.ifNoneMatch: known]) {
                    #expect($0.status == .notModified)
                    #expect($0.headers[.eTag] == tag)
                    #expect($0.body.readableBytes == 0)
                }
            }
            try await client.execute(uri: "/app.css", method: .get, headers: [.ifNoneMatch: "\"other\""]) {
                #expect($0.status == .ok)
            }
            try await client.execute(uri: "/app.css", method: .head) {
                #expect($0.headers[.contentLength] == "6")
                #expect($0.headers[.eTag] == tag)
                #expect($0.body.readableBytes == 0)
            }
            try await client.execute(uri: "/app.js", method: .get) {
                #expect($0.headers[.contentType] == "text/javascript; charset=utf-8")
                #expect($0.headers[.cacheControl] == "public, max-age=3600")
            }
            try await client.execute(uri: "/blob", method: .get) {
                #expect($0.headers[.contentType] == "application/octet-stream")
            }
        }
    }
}
