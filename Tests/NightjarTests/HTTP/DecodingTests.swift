import Foundation
import HTTPTypes
import Testing

@testable import Nightjar

/// Reading bodies: JSON and forms, and what a client is told when they do not fit.
@Suite struct DecodingTests {
    struct SignUp: Codable, Equatable {
        var email: String
        var name: String?
        var age: Int?
    }

    struct Order: Codable, Equatable {
        struct Item: Codable, Equatable { var price: Double }
        var items: [Item]
    }

    private func decode<Value: Decodable & Sendable>(
        _ type: Value.Type,
        _ body: String,
        as contentType: String = "application/json"
    ) async throws -> Value {
        try await makeRequest(.post, headers: [.contentType: contentType], body: body).decode(type)
    }

    private func problem(_ work: () async throws -> Void) async throws -> HTTPProblem {
        do {
            try await work()
        } catch let problem as HTTPProblem {
            return problem
        }
        throw RequestError.noCurrentRequest
    }

    @Test("JSON and a form with the same fields decode to the same value")
    func bothKinds() async throws {
        let wanted = SignUp(email: "a@b.c", name: "Ada Lovelace", age: 36)
        let json = try await decode(SignUp.self, #"{"email":"a@b.c","name":"Ada Lovelace","age":36}"#)
        let form = try await decode(
            SignUp.self,
            "email=a%40b.c&name=Ada+Lovelace&age=36",
            as: "application/x-www-form-urlencoded; charset=utf-8"
        )
        #expect(json == wanted)
        #expect(form == wanted)
    }

    @Test(
        "a body that does not fit is a 400 that names the field",
        arguments: [
            (#"{"name":"x"}"#, "application/json", "email", "missing"),
            (#"{"email":7}"#, "application/json", "email", "must be a text"),
            (#"{"email":null}"#, "application/json", "email", "must be a text"),
            (#"{"email":"a","age":"old"}"#, "application/json", "age", "whole number"),
            ("name=x", "application/x-www-form-urlencoded", "email", "missing"),
            ("email=a&age=old", "application/x-www-form-urlencoded", "age", "whole number"),
            ("email[x]=a", "application/x-www-form-urlencoded", "email", "must be a text"),
        ]
    )
    func namesTheField(body: String, type: String, field: String, words: String) async throws {
        let problem = try await problem { _ = try await decode(SignUp.self, body, as: type) }
        #expect(problem.status == .badRequest)
        #expect(problem.field == field)
        #expect(problem.detail?.contains("\"\(field)\"") == true)
        #expect(problem.detail?.contains(words) == true)
    }

    @Test("a field inside a list is named with its place")
    func nestedField() async throws {
        let problem = try await problem {
            _ = try await decode(Order.self, #"{"items":[{"price":1},{"price":"x"}]}"#)
        }
        #expect(problem.field == "items[1].price")
    }

    @Test("what is no JSON at all is a 400 that names the place", arguments: ["", "{", "[1,", "nonsense", "{\"a\":}"])
    func malformedJSON(body: String) async throws {
        let problem = try await problem { _ = try await decode(SignUp.self, body) }
        #expect(problem.status == .badRequest)
        #expect(problem.detail?.contains("at line 1, column ") == true)
    }

    @Test(
        "a content type that is neither is a 415 that says what is accepted",
        arguments: ["", "text/xml", "image/png"]
    )
    func otherTypes(type: String) async throws {
        let problem = try await problem { _ = try await decode(SignUp.self, "x", as: type) }
        #expect(problem.status == .unsupportedMediaType)
    }

    @Test("forms: repeated names are lists, brackets nest, ticked boxes are true, empty fields are nil")
    func formShapes() async throws {
        struct Form: Decodable, Equatable {
            struct Address: Decodable, Equatable { var zip: Int }
            var tags: [String]
            var ids: [Int]
            var address: Address
            var news: Bool
            var terms: Bool
            var age: Int?
            var note: String?
            var born: Date?
        }
        let form = try FormDecoder.decode(
            Form.self,
            from: "tags=a&tags=b%20c&ids[]=1&ids[]=2&address[zip]=1010&terms=on&age=&note=&born=2026-05-01"
        )
        #expect(form.tags == ["a", "b c"])
        #expect(form.ids == [1, 2])
        #expect(form.address.zip == 1010)
        #expect(!form.news)
        #expect(form.terms)
        #expect(form.age == nil)
        #expect(form.note == "")
        #expect(form.born == Date(timeIntervalSince1970: 1_777_593_600))
    }

    @Test("a form that nests too deep, or has broken brackets, is refused", arguments: [40, 4000])
    func deepForm(depth: Int) throws {
        let deep = "a" + String(repeating: "[b]", count: depth) + "=1"
        #expect(throws: HTTPProblem.self) { try FormDecoder.decode([String: String].self, from: deep) }
        #expect(throws: HTTPProblem.self) { try FormDecoder.decode([String: String].self, from: "a[][x]=1") }
    }

    @Test(
        "a form with a broken percent escape is a 400 that names the field",
        arguments: ["name=Ada&email=%zz@b.c", "email=100%", "email=%4", "email=%%41&age=%41"])
    func brokenEscape(body: String) async throws {
        let problem = try await problem {
            _ = try await decode(SignUp.self, body, as: "application/x-www-form-urlencoded")
        }
        #expect(problem.status == .badRequest)
        #expect(problem.field == "email")
    }

    @Test("percent decoding never fails and never loses text")
    func percentDecoding() {
        #expect(PercentCoding.decode("a%20b+c", plusIsSpace: true) == "a b c")
        #expect(PercentCoding.decode("a+b", plusIsSpace: false) == "a+b")
        #expect(PercentCoding.decode("100%", plusIsSpace: true) == "100%")
        #expect(PercentCoding.decode("%zz%4", plusIsSpace: true) == "%zz%4")
        #expect(PercentCoding.decode("%E2%82%AC", plusIsSpace: true) == "€")
        #expect(PercentCoding.decode("%FF", plusIsSpace: true) == "\u{FFFD}")
    }

    @Test("whatever is encoded decodes to itself")
    func percentRoundTrip() {
        var generator = SeededGenerator("percentRoundTrip")
        let alphabet = Array("aZ09 %+&=?#/\\\"'<>é€😀\u{301}\n\0[]")
        for _ in 0..<500 {
            let count = Int.random(in: 0...12, using: &generator)
            let text = String((0..<count).compactMap { _ in alphabet.randomElement(using: &generator) })
            #expect(PercentCoding.decode(PercentCoding.encode(text)[...], plusIsSpace: true) == text)
        }
    }

    @Test("queries convert, and name what does not fit")
    func query() throws {
        let request = try makeRequest(.get, "/search?q=swift+bird&page=2&tag=a&tag=b&bad=x#fragment")
        #expect(try request.query["q"] == "swift bird")
        #expect(try request.query["none"] == nil)
        #expect(try request.query.get("page", as: Int.self) == 2)
        #expect(try request.query.values("tag") == ["a", "b"])
        #expect(request.path == "/search")
        #expect { try request.query.require("bad", as: Int.self) } throws: { ($0 as? HTTPProblem)?.field == "bad" }
        #expect { try request.query.require("gone", as: Int.self) } throws: { ($0 as? HTTPProblem)?.field == "gone" }
    }

    @Test("a body can be read twice when it is collected, and once when it is streamed")
    func readingTwice() async throws {
        let request = try makeRequest(.post, body: "hello")
        #expect(try await request.text() == "hello")
        #expect(try await request.text() == "hello")
        for try await piece in try request.bodyStream() { #expect(piece.readableBytes == 5) }
        await #expect(throws: RequestError.bodyAlreadyRead) { try await request.body() }
        #expect(throws: RequestError.bodyAlreadyRead) { try request.bodyStream() }
    }

    @Test("a body over the limit is a 413, however it is read")
    func tooLarge() async throws {
        let settings = try RequestSettings(bodyLimit: .bytes(4))
        let collected = try await problem { _ = try await makeRequest(.post, body: "hello", settings: settings).body() }
        #expect(collected.status == .contentTooLarge)
        let streamed = try await problem {
            for try await _ in try makeRequest(.post, body: "hello", settings: settings).bodyStream() {}
        }
        #expect(streamed.status == .contentTooLarge)
    }

    @Test("text that is not UTF-8 is refused")
    func invalidText() async throws {
        let request = Nightjar.Request(
            core: RequestCore(
                id: "x",
                receivedAt: Date(),
                source: .live(
                    HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/"),
                    body: RequestBody(ByteBuffer(bytes: [0xFF, 0xFE])),
                    client: nil
                ),
                settings: try RequestSettings(),
                logger: Logger(label: "test")
            )
        )
        await #expect(throws: HTTPProblem.self) { try await request.text() }
    }
}
