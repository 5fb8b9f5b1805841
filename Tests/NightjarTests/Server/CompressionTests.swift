import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Nightjar

@Suite("Compression", .timeLimit(.minutes(1)))
struct CompressionTests {
    private static let text = String(repeating: "All work and no play. ", count: 500)

    private func get(_ path: String, accept: String) async throws -> RawResponse {
        try await withRunningApp { app in
            app.get("/text") { _ in Self.text }
            app.get("/varied") { _ in Response.text(Self.text).header(.vary, "accept") }
            app.get("/tagged") { _ in Response.text(Self.text).header(.eTag, "\"1\"") }
            app.asset("/asset.txt", Array(Self.text.utf8))
            app.get("/short") { _ in "short" }
            app.get("/image") { _ in
                Response(headers: [.contentType: "image/png"], body: .bytes(ByteBuffer(string: Self.text)))
            }
            app.get("/stream") { _ in
                Response.stream(contentType: "text/plain") { writer in
                    for _ in 0..<10 { try await writer.write(Self.text) }
                }
            }
            app.get("/empty") { _ in HTTPResponse.Status.noContent }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", path, headers: ["Accept-Encoding": accept])
            return try await client.response()
        }
    }

    /// What the system's own gunzip makes of it.
    private func gunzip(_ bytes: [UInt8]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gunzip", "-c"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        try input.fileHandleForWriting.close()
        let data = output.fileHandleForReading.untilEnd()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    @Test("text is compressed for who can read it, and unpacks to the same")
    func gzip() async throws {
        let response = try await get("/text", accept: "gzip")
        #expect(response["content-encoding"] == "gzip")
        #expect(response["vary"] == "Accept-Encoding")
        #expect(response.body.count < 1000)
        #expect(response["content-length"] == "\(response.body.count)")
        #expect(try gunzip(response.body) == Self.text)
    }

    @Test("a stream is compressed piece by piece, and unpacks to the same")
    func stream() async throws {
        let response = try await get("/stream", accept: "gzip")
        #expect(response["content-encoding"] == "gzip")
        #expect(try gunzip(response.body) == String(repeating: Self.text, count: 10))
    }

    @Test("deflate works as well")
    func deflate() async throws {
        #expect(try await get("/text", accept: "deflate")["content-encoding"] == "deflate")
    }

    @Test(
        "who does not ask for it gets it plain, and caches are told",
        arguments: ["", "identity", "br", "gzip;q=0"]
    )
    func plain(accept: String) async throws {
        let response = try await get("/text", accept: accept)
        #expect(response["content-encoding"] == nil)
        #expect(response["vary"] == "Accept-Encoding")
        #expect(response.text == Self.text)
    }

    @Test("what a response depends on is said in one line")
    func vary() async throws {
        let response = try await get("/varied", accept: "gzip")
        #expect(response.headers.filter { $0.name.lowercased() == "vary" }.map(\.value) == ["accept, Accept-Encoding"])
    }

    @Test(
        "a compressed copy has a weak entity tag, the original keeps its strong one",
        arguments: ["/tagged", "/asset.txt"])
    func entityTags(path: String) async throws {
        let plain = try #require(try await get(path, accept: "identity")["etag"])
        #expect(plain.hasPrefix("\""))
        #expect(try await get(path, accept: "gzip")["etag"] == "W/" + plain)
    }

    @Test("short text, images and empty answers are left alone", arguments: ["/short", "/image", "/empty"])
    func leftAlone(path: String) async throws {
        let response = try await get(path, accept: "gzip")
        #expect(response["content-encoding"] == nil)
        #expect(response["vary"] == nil)
    }

    @Test(
        "the rules, one by one",
        arguments: [
            ("text/html; charset=utf-8", "5000", "", true), ("application/json", "5000", "", true),
            ("application/problem+json", "5000", "", true), ("image/svg+xml", "5000", "", true),
            ("text/event-stream", "", "", false), ("image/png", "5000", "", false), ("video/mp4", "", "", false),
            ("text/html", "1023", "", false), ("text/html", "1024", "", true), ("text/html", "", "", true),
            ("text/html", "5000", "Content-Encoding", false), ("text/html", "5000", "Content-Range", false),
        ]
    )
    func rules(type: String, length: String, extra: String, expected: Bool) {
        var head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": type])
        if !length.isEmpty { head.headers.add(name: "Content-Length", value: length) }
        if !extra.isEmpty { head.headers.add(name: extra, value: "x") }
        #expect(CompressionRules.applies(to: head, answeringHEAD: false, threshold: 1024) == expected)
        #expect(!CompressionRules.applies(to: head, answeringHEAD: true, threshold: 1024))
    }
}
