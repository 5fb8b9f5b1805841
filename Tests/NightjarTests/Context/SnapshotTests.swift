import Foundation
import HTTPTypes
import Logging
import Testing

@testable import Nightjar

/// What a job remembers of its request: the rules of DESIGN §8.
@Suite struct SnapshotTests {
    struct User: Codable, Equatable, Sendable { var id: Int }

    enum CurrentUser: CarriedContextKey {
        typealias Value = User
        static let id = "user"
    }

    enum Tenant: CarriedContextKey {
        typealias Value = String
        static let id = "tenant"
        static let policy = CarryPolicy.carryAndLog
    }

    enum Card: CarriedContextKey {
        typealias Value = String
        static let id = "card"
        static let policy = CarryPolicy.carrySealed
    }

    enum Plain: RequestKey { typealias Value = String }

    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func settings(
        _ keys: [any CarriedContextKey.Type] = [CurrentUser.self, Tenant.self],
        secret: String? = nil,
        headers: [String] = []
    ) throws -> RequestSettings {
        let settings = try RequestSettings(baseURL: "https://shop.example", contextHeaders: headers, secret: secret)
        for key in keys { try settings.carry(CarriedKey(key)) }
        return settings
    }

    /// The request as a job of another process would see it: through the stored bytes.
    private func inJob(_ request: Request, settings: RequestSettings, parentJob: String? = nil) throws -> Request {
        let bytes = try request.snapshot(parentJob: parentJob).encoded(logger: quiet)
        return Request(try RequestSnapshot(decoding: bytes), settings: settings, logger: quiet)
    }

    @Test("a job reads what its request was about")  // ASOK-41, ASOK-B10, AT-20
    func whatIsCarried() throws {
        let settings = try settings()
        let agent = try #require(HTTPField.Name("user-agent"))
        let request = try makeRequest(
            .post,
            "/orders/7?page=2",
            headers: [.acceptLanguage: "de-AT", agent: "curl", .contentType: "text/plain", .accept: "*/*"],
            client: "192.0.2.1",
            settings: settings
        )
        .derived(
            route: (
                "/orders/:id", RouteParameters(values: [("id", "a%20b")], route: "/orders/:id"), nil
            )
        )
        .with(CurrentUser.self, User(id: 42))
        let seen = try inJob(request, settings: settings)
        #expect(seen.origin == .job)
        #expect(seen.id == request.id)
        #expect(seen.rootID == request.id)
        #expect(seen.method == .post)
        #expect(seen.path == "/orders/7")
        #expect(seen.route == "/orders/:id")
        #expect(try seen.parameters["id"] == "a b")
        #expect(try seen.query["page"] == "2")
        #expect(try seen.headers[.acceptLanguage] == "de-AT")
        #expect(try seen.headers[.userAgent] == "curl")
        #expect(seen.clientAddress == "192.0.2.1")
        #expect(seen.locale == "de-AT")
        #expect(seen.baseURL == "https://shop.example")
        #expect(try seen[CurrentUser.self] == User(id: 42))
        #expect(abs(seen.receivedAt.timeIntervalSince(request.receivedAt)) < 0.001)
    }

    @Test("secrets in the query are filtered; reading one in a job names it")
    func filteredQuery() throws {
        let target =
            "/r?reset_token=hunter2&q=bird&apiKey=hunter2&user%5Bpassword%5D=hunter2&code=hunter2&X-Sig=hunter2"
        let request = try makeRequest(.get, target)
        let bytes = try request.snapshot().encoded(logger: quiet)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2"))
        let seen = try inJob(request, settings: settings())
        #expect(try seen.query["q"] == "bird")
        #expect(seen.query.text.contains("reset_token=[FILTERED]"))
        #expect { try seen.query["reset_token"] } throws: { "\($0)".contains("reset_token") }
    }

    @Test(
        "names that look like secrets are, others are not",
        arguments: [
            ("password", true), ("userPassword", true), ("access_token", true), ("api_key", true), ("key", true),
            ("sig", true), ("X-Amz-Signature", true), ("auth", true), ("client_secret", true), ("code", true),
            ("verification_code", true), ("PASSWD", true), ("q", false), ("keyboard", false), ("author", false),
            ("country_code", false), ("page", false), ("monkey", false), ("passenger", false), ("signal", false),
        ]
    )
    func filterNames(name: String, isSecret: Bool) {
        #expect(QueryFilter.isSecret(name) == isSecret)
    }

    @Test("cookies, credentials and the body never travel, and reading them in a job names them")
    func neverCarried() async throws {
        let settings = try settings(headers: ["x-tenant"])
        let token = try #require(HTTPField.Name("x-csrf-token"))
        let request = try makeRequest(
            .post,
            headers: [.cookie: "s=hunter2", .authorization: "Bearer hunter2", token: "hunter2"],
            body: "hunter2",
            settings: settings
        )
        let bytes = try request.snapshot().encoded(logger: quiet)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2"))
        let seen = try inJob(request, settings: settings)
        #expect(throws: RequestError.notCarried("the cookie s")) { try seen.cookies["s"] }
        #expect(throws: RequestError.notCarried("the header authorization")) { try seen.headers[.authorization] }
        #expect(throws: RequestError.notCarried("the header x-csrf-token")) { try seen.headers[token] }
        #expect(throws: RequestError.self) { try seen.headers.all }
        await #expect(throws: RequestError.notCarried("the body")) { try await seen.body() }
        await #expect(throws: RequestError.notCarried("the body")) { try await seen.decode(User.self) }
    }

    @Test("more headers travel when configured, and one that was not sent is nil")
    func moreHeaders() throws {
        let settings = try settings(headers: ["X-Tenant", "referer"])
        let tenant = try #require(HTTPField.Name("x-tenant"))
        let seen = try inJob(
            try makeRequest(headers: [tenant: "acme"], settings: settings),
            settings: try self.settings()
        )
        #expect(try seen.headers[tenant] == "acme")
        #expect(try seen.headers[.referer] == nil)
    }

    @Test(
        "a header that may hold a secret is refused at the start",
        arguments: ["Authorization", "cookie", "Set-Cookie", "X-CSRF-Token", "x-client-secret", "X-Api-Key", "no name"]
    )
    func forbiddenHeaders(name: String) {
        #expect(throws: RequestError.headerNotAllowed(name)) { try RequestSettings(contextHeaders: [name]) }
    }

    @Test("a value that is not carried is named, not nil")
    func notCarriedValue() throws {
        let settings = try settings([CurrentUser.self])
        let request = try makeRequest(settings: settings).with(Plain.self, "x").with(Tenant.self, "acme")
        let seen = try inJob(request, settings: settings)
        #expect(throws: RequestError.notCarried("the value Plain")) { try seen[Plain.self] }
        #expect(throws: RequestError.notCarried("the value Tenant")) { try seen[Tenant.self] }
        #expect(throws: RequestError.notCarried("the value CurrentUser")) { try seen[CurrentUser.self] }
    }

    @Test("an unknown value is kept for the next hop")
    func unknownValue() throws {
        let all = try settings([CurrentUser.self, Tenant.self, Card.self], secret: "s3cret")
        let none = try settings([])
        let request = try makeRequest(settings: all)
            .with(CurrentUser.self, User(id: 1)).with(Card.self, "4242")
        let middle = try inJob(request, settings: none)
        let last = try inJob(middle, settings: all, parentJob: "job-1")
        #expect(try last[CurrentUser.self] == User(id: 1))
        #expect(try last[Card.self] == "4242")
    }

    @Test("a job may change a value for the jobs it enqueues")
    func changedValue() throws {
        let settings = try settings()
        let first = try inJob(
            try makeRequest(settings: settings).with(CurrentUser.self, User(id: 1)),
            settings: settings
        )
        let second = try inJob(first.with(CurrentUser.self, User(id: 2)), settings: settings, parentJob: "job-1")
        #expect(try first[CurrentUser.self] == User(id: 1))
        #expect(try second[CurrentUser.self] == User(id: 2))
    }

    @Test("a job enqueued by a job keeps the root request and knows its parent; 32 levels are enough")
    func lineage() throws {
        let settings = try settings()
        let request = try makeRequest(settings: settings)
        var seen = try inJob(request, settings: settings)
        #expect(seen.depth == 0)
        #expect(seen.parentJobID == nil)
        for level in 1...32 {
            seen = try inJob(seen, settings: settings, parentJob: "job-\(level)")
            #expect(seen.depth == level)
            #expect(seen.parentJobID == "job-\(level)")
            #expect(seen.rootID == request.id)
        }
        #expect(throws: RequestError.tooDeep(limit: 32)) { try inJob(seen, settings: settings, parentJob: "job-33") }
    }

    @Test("a snapshot is taken at the call: what happens to requests later does not change it")
    func takenAtTheCall() throws {
        let settings = try settings()
        let request = try makeRequest(settings: settings).with(CurrentUser.self, User(id: 1))
        let bytes = try request.snapshot().encoded(logger: quiet)
        _ = request.with(CurrentUser.self, User(id: 2))
        let seen = Request(try RequestSnapshot(decoding: bytes), settings: settings, logger: quiet)
        #expect(try seen[CurrentUser.self] == User(id: 1))
        #expect(try seen.snapshot().encoded(logger: quiet) == bytes, "a replay writes the same bytes")
    }

    @Test("what is empty takes no bytes")
    func emptyParts() throws {
        let bytes = try makeRequest(settings: RequestSettings()).snapshot().encoded(logger: quiet)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(Set(object.keys) == ["v", "id", "at", "p"])
    }

    @Test("sealed values cannot be read in storage, nor opened with another secret, nor moved to another name")
    func sealing() throws {
        let settings = try settings([Card.self], secret: "one")
        let request = try makeRequest(settings: settings).with(Card.self, "4242-4242")
        let snapshot = try request.snapshot()
        let text = String(decoding: try snapshot.encoded(logger: quiet), as: UTF8.self)
        #expect(!text.contains("4242"))
        #expect(try inJob(request, settings: settings)[Card.self] == "4242-4242")
        let other = try self.settings([Card.self], secret: "two")
        #expect(throws: RequestError.sealBroken(key: "card")) { try inJob(request, settings: other)[Card.self] }
        let sealed = try #require(snapshot.sealed["card"])
        let sealer = try #require(settings.sealer)
        #expect(throws: RequestError.sealBroken(key: "other")) { try sealer.open(sealed, id: "other") }
    }

    @Test("a key that must be sealed needs a secret, and says so at the start")
    func sealingWithoutSecret() throws {
        #expect(throws: RequestError.noSecret(key: "card")) { try settings([Card.self]) }
    }

    @Test("two keys with one id are refused")
    func doubledKeys() throws {
        enum Impostor: CarriedContextKey {
            typealias Value = Int
            static let id = "user"
        }
        let settings = try settings()
        try settings.carry(CarriedKey(CurrentUser.self))
        #expect(throws: RequestError.doubledKey(id: "user")) { try settings.carry(CarriedKey(Impostor.self)) }
    }

    @Test("a value over 4 KiB is refused by name")
    func largeValue() throws {
        let settings = try settings()
        let request = try makeRequest(settings: settings)
        _ = try request.with(Tenant.self, String(repeating: "x", count: 4094)).snapshot()
        #expect(throws: RequestError.valueTooLarge(key: "tenant", bytes: 4097, limit: 4096)) {
            try request.with(Tenant.self, String(repeating: "x", count: 4095)).snapshot()
        }
    }

    @Test("a snapshot over 8 KiB is warned about, one over 32 KiB refused")
    func largeSnapshot() throws {
        let book = LogBook()
        let logger = book.logger()
        _ = try makeRequest(.get, "/" + String(repeating: "x", count: 8000)).snapshot().encoded(logger: logger)
        #expect(book.lines.isEmpty)
        _ = try makeRequest(.get, "/" + String(repeating: "x", count: 8200)).snapshot().encoded(logger: logger)
        #expect(book.lines.map(\.level) == [.warning])
        #expect(throws: RequestError.self) {
            try makeRequest(.get, "/" + String(repeating: "x", count: 32_768)).snapshot().encoded(logger: logger)
        }
    }

    @Test("values that may be logged are on the request's log lines, here and in a job")
    func loggedValues() throws {
        let settings = try settings()
        let request = try makeRequest(settings: settings).with(Tenant.self, "acme").with(CurrentUser.self, User(id: 7))
        for request in [request, try inJob(request, settings: settings)] {
            #expect(request.logMetadata["tenant"] == "acme")
            #expect(request.logMetadata["user"] == nil)
            #expect(request.logMetadata["request.id"] == .string(request.id))
        }
    }

    @Test("a snapshot of a newer release is refused, not misread")
    func newerVersion() {
        let text = #"{"v":99,"id":"x","at":0,"p":"/"}"#
        #expect(throws: RequestError.unknownSnapshotVersion(99)) { try RequestSnapshot(decoding: Array(text.utf8)) }
    }

    @Test("whatever a request was, its snapshot comes back as it went")
    func roundTrip() throws {
        var generator = SeededGenerator("SnapshotTests.roundTrip")
        let alphabet = Array("aZ9 /%?&=\"\\\n\u{0}é€😀\u{301}[]{}:,")
        func text() -> String {
            let count = Int.random(in: 0...20, using: &generator)
            return String((0..<count).compactMap { _ in alphabet.randomElement(using: &generator) })
        }
        func maybe() -> String? { Bool.random(using: &generator) ? text() : nil }
        func table() -> [String: String] {
            Dictionary((0..<Int.random(in: 0...4, using: &generator)).map { _ in (text(), text()) }) { $1 }
        }
        for _ in 0..<300 {
            let snapshot = RequestSnapshot(
                id: text(),
                incomingID: maybe(),
                receivedAt: .random(in: 0...4_000_000_000_000, using: &generator),
                method: ["GET", "POST", "BREW"].randomElement(using: &generator) ?? "GET",
                path: text(),
                route: maybe(),
                parameters: table(),
                query: maybe(),
                headers: table(),
                extraHeaderNames: [text()],
                clientAddress: maybe(),
                locale: maybe(),
                baseURL: maybe(),
                trace: table(),
                rootID: maybe(),
                parentJob: maybe(),
                depth: .random(in: 0...32, using: &generator),
                values: table(),
                sealed: table()
            )
            let bytes = try snapshot.encoded(logger: quiet)
            #expect(try RequestSnapshot(decoding: bytes) == snapshot)
        }
    }
}
