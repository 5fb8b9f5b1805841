// What the comments about applications, requests and responses show.
// swift-format-ignore-file

import Nightjar

private struct User: Codable, Sendable { var email: String; var name: String }
private struct Order: Codable, Sendable {}
private struct Row: Sendable { var csv: String }
private struct Users: Sendable {
    func find(_ session: String?) async throws -> User? { nil }
    func all() async throws -> [String] { [] }
}
private struct Orders: Sendable { func find(_ id: Int) async throws -> Order? { nil } }
private struct Cache: Sendable { func warm() async {} }
private struct File: Sendable { func write(_ piece: some Sendable) async throws {} }
private struct Album: Sendable { func add(_ piece: some Sendable) async throws -> String { "" } }
private enum PackageResources {
    static let app_css: [UInt8] = []
    static let index_mustache: [UInt8] = []
}
private let users = Users()
private let orders = Orders()
private let cache = Cache()

private enum Keys {
    enum CurrentUser: RequestKey { typealias Value = User }

    static func middleware(_ request: Request, _ user: User, next: @Sendable (Request) async throws -> Response) async throws -> Response { // not shown
        try await next(request.with(CurrentUser.self, user))   // in a middleware
    } // not shown

    static func handler(_ request: Request) throws { // not shown
        let user = try request[CurrentUser.self]               // in a handler
        _ = user
    }

    static func derived(_ request: Request, _ user: User, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        return try await next(request.with(CurrentUser.self, user))
    }

    struct RequireUser: Middleware {
        func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
            guard let user = try await users.find(request.cookies["session"]) else {
                return try .redirect(to: "/login")
            }
            return try await next(request.with(CurrentUser.self, user))
        }
    }

    enum CurrentUserID: CarriedContextKey {
        typealias Value = Int
        static let id = "user-id"
    }

    static func carry(_ app: App) throws {
        try app.carry(CurrentUserID.self)
    }

    static func routes(_ app: App) {
        app.group("/admin") { admin in
            admin.use(RequireUser())
            admin.get("/users") { request in try await users.all() }
        }
    }
}

private func configured() async throws {
    let configuration = try await AppConfiguration.load()       // environment over .env over defaults
    let app = try await App(configuration: configuration)
    _ = app
}

private func hello() async throws {
    let app = try await App()                                   // reads .env and the environment
    app.get("/hello/:name") { request in "Hello \(try request.parameters["name"])" }
    try await app.run()                                         // serves, unless the command line says otherwise
}

private func pages(_ app: App) throws {
    app.asset("/app.css", PackageResources.app_css)
    try app.templates.add("index", PackageResources.index_mustache)
    app.get("/") { request in try await app.templates.render("index", ["title": "Hello"], for: request) }
}

private func background(_ request: Request, resize: @escaping @Sendable (String) async throws -> Void, path: String) async throws {
    let receipt = try await request.background(SendReceipt(orderID: 7), delay: .seconds(5))
    request.background { await cache.warm() }
    request.background(resize, path)
    _ = receipt
}

private func bodies(_ app: App, to file: File, _ album: Album) {
    app.post("/photos", bodyLimit: .megabytes(8)) { request in try await album.add(request.body()) }
    app.post("/exports") { request in
        for try await piece in try request.bodyStream() { try await file.write(piece) }
        return "stored"
    }
}

private func form(_ request: Request) async throws {
    struct SignUp: Decodable { var email: String; var name: String? }
    let signUp = try await request.decode(SignUp.self)
    _ = signUp
}

private func export(_ rows: AsyncStream<Row>) -> Response {
    return .stream(contentType: "text/csv") { writer in
        for try await row in rows { try await writer.write(row.csv) }
    }
}

private func order(_ id: Int) async throws -> Order {
    guard let order = try await orders.find(id) else { throw HTTPProblem(.notFound, "There is no order \(id).") }
    return order
}
