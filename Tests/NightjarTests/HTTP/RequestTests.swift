import HTTPTypes
import Testing

@testable import Nightjar

/// What a request says about itself.
@Suite struct RequestTests {
    enum Flavour: RequestKey { typealias Value = String }

    @Test("ids are 32 hex digits and do not repeat")
    func ids() {
        let ids = (0..<10_000).map { _ in RequestID.make() }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }

    @Test("an id that the client sent is kept beside ours if it is harmless")
    func incomingID() throws {
        let name = try #require(HTTPField.Name("X-Request-Id"))
        let request = try makeRequest(headers: [name: "abc-123"])
        #expect(request.incomingID == "abc-123")
        #expect(request.id != "abc-123")
        for bad in ["", "a b", "a\u{1B}[31m", String(repeating: "x", count: 129), "<script>"] {
            #expect(try makeRequest(headers: [name: bad]).incomingID == nil)
        }
    }

    @Test("cookies are read by name, quoted or not")
    func cookies() throws {
        let request = try makeRequest(headers: [.cookie: #"a=1; session="x y"; b=2=3;c; =d"#])
        #expect(try request.cookies["a"] == "1")
        #expect(try request.cookies["session"] == "x y")
        #expect(try request.cookies["b"] == "2=3")
        #expect(try request.cookies["c"] == nil)
        #expect(try request.cookies["none"] == nil)
    }

    @Test(
        "the language is the one the visitor likes best",
        arguments: [
            (nil, "en"), ("de", "de"), ("fr;q=0.5, pt-BR", "pt-BR"), ("en;q=0, de;q=0.1", "de"), ("*", "en"),
            ("<script>, de", "de"), ("da, en-gb;q=0.8, en;q=0.7", "da"),
        ] as [(String?, String)]
    )
    func locale(header: String?, wanted: String) throws {
        let request = try makeRequest(headers: header.map { [.acceptLanguage: $0] } ?? [:])
        #expect(request.locale == wanted)
    }

    @Test("the best of the languages we speak is chosen")
    func preferredLanguage() throws {
        let request = try makeRequest(headers: [.acceptLanguage: "de-AT, fr;q=0.9"])
        #expect(request.preferredLanguage(from: ["en", "fr", "de"]) == "de")
        #expect(request.preferredLanguage(from: ["en", "fr-CA"]) == "fr-CA")
        #expect(request.preferredLanguage(from: ["en"]) == "en")
        #expect(request.preferredLanguage(from: []) == nil)
        #expect(request.with(locale: "fr").preferredLanguage(from: ["en", "fr"]) == "fr")
    }

    @Test("deriving a request leaves the original as it was")
    func deriving() throws {
        let request = try makeRequest()
        let derived = request.with(Flavour.self, "mint")
        #expect(try derived[Flavour.self] == "mint")
        #expect(throws: RequestError.self) { try request[Flavour.self] }
        #expect(derived.id == request.id)
    }

    @Test("links begin with the configured address, never with the Host header")
    func baseURL() throws {
        let host = try #require(HTTPField.Name("Host"))
        #expect(try makeRequest(headers: [host: "evil.example"]).baseURL == nil)
        let settings = try RequestSettings(baseURL: "https://shop.example/")
        #expect(try makeRequest(headers: [host: "evil.example"], settings: settings).baseURL == "https://shop.example")
    }

    @Test("a target in absolute form has the path of its address")
    func absoluteForm() throws {
        #expect(try makeRequest(.get, "http://host/a/b?c=d").path == "/a/b")
        #expect(try makeRequest(.get, "http://host/a/b?c=d").query["c"] == "d")
        #expect(try makeRequest(.get, "http://host").path == "/")
    }

    @Test("outside a request there is no current one")
    func noCurrentRequest() {  // ASOK-41
        #expect(throws: RequestError.noCurrentRequest) { try currentRequest }
    }

    @Test("byte counts read as people say them and never overflow")
    func byteCounts() {
        #expect(ByteCount.megabytes(2).bytes == 2_097_152)
        #expect("\(ByteCount.megabytes(2))" == "2 MB")
        #expect("\(ByteCount.kilobytes(512))" == "512 KB")
        #expect("\(ByteCount.bytes(100))" == "100 bytes")
        #expect(ByteCount.megabytes(.max) == .unlimited)
        #expect(ByteCount.bytes(-1).bytes == 0)
    }
}
