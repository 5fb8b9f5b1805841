// What the page on functions as jobs shows, and the README.
// swift-format-ignore-file

import Nightjar

/// Stands for a library that makes pictures smaller.
struct Picture {
    var path: String
    init(_ path: String) { self.path = path }
    func small() async throws -> String { path + ".small" }
    func shrunk(to width: Int) async throws -> Int { width }
}

@Job func thumbnail(path: String) async throws -> String { try await Picture(path).small() }

func pictures(_ app: App) {
    app.post("/pictures") { request in
        Response.accepted(try await request.background($thumbnail(path: "cat.png")))   // later, perhaps elsewhere
    }
    app.post("/pictures/now") { request in
        try await thumbnail(path: "cat.png")                                           // now, here
    }
}

enum Photos {
    @Job(queue: "low", retries: 3, timeout: .seconds(30), tags: ["photo"])
    static func shrink(_ path: String, to width: Int = 100, context: JobContext) async throws -> Int {
        try context.progress(0.5, "reading")
        return try await Picture(path).shrunk(to: width)
    }
}

func shrink(_ path: String, on request: Request) async throws {
    try await request.background(Photos.$shrink(path))
    try await request.background(Photos.$shrink(path, to: 20), delay: .seconds(60))
}

@JobType(queue: "low")
struct Letter {
    var address: String
    var copies = 1
    func run(_ context: JobContext) async throws { context.logger.info("writing", metadata: ["copies": "\(copies)"]) }
}

@Job(aliases: ["Shop.salute"], version: 2) func greet(name: String) { print("Hello, \(name)!") }

extension $greet {
    static func upgrade(_ old: StoredJob) throws -> Self {
        let old = try old.decode([String: String].self)             // first and last name
        return Self(name: "\(old["first"] ?? "") \(old["last"] ?? "")")
    }
}

@Job(queue: "low", retries: 3) func resize(path: String, width: Int = 100) async throws -> Int {
    try await Picture(path).shrunk(to: width)
}

func photos(_ app: App) { // not shown
app.post("/photos") { request in
    Response.accepted(try await request.background($resize(path: "cat.png")))
}
} // not shown
