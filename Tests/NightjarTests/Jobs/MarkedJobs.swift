// Jobs as a user writes them: nothing registers them.

import Nightjar

@Job func hello(name: String) -> String { "Hello, \(name)!" }

/// What it is called is also the name of a member of the type that the macro writes.
@Job(queue: "low") func run(run: Int, version: String = "v") async throws -> String { "\(run) \(version)" }

@Job private func secret(word: String) async -> String { word.uppercased() }

func tellSecret(_ word: String, to app: App) async throws -> String {
    try await app.background($secret(word: word)).value
}

enum Chores {
    static let standardWidth = 100

    enum Fit: String, Codable, Sendable { case cover, contain }

    @Job(
        queue: "high", priority: 7, retries: 3, timeout: .seconds(30), delay: .zero, tags: ["picture"],
        metadata: ["kind": "picture"])
    static func resize(
        _ path: String, to width: Int = standardWidth, in folder: String? = "pictures", fit: Self.Fit = .cover,
        context: JobContext
    ) async throws -> [String] {
        [path, "\(width)", folder ?? "nowhere", fit.rawValue, "\(context.attempt)"]
    }

    @Job @MainActor static func sweep(`default`: Int?, for key: String) -> String {
        "\(key) \(`default`.map(String.init) ?? "nil")"
    }

    @Job static func nothing() {}

    /// Has the name of a global job.
    @Job static func hello(name: String) -> String { "Not you, \(name)." }

    @Job(retries: 0) static func fail() throws { throw Broken() }

    struct Broken: Error {}
}

@MainActor enum Screen {
    @Job static func title() -> String { "title" }
}

/// It took two names once.
@Job(name: "salute", version: 2) func salute(name: String) -> String { "Hello, \(name)!" }

extension $salute {
    static func upgrade(_ old: StoredJob) throws -> Self {
        let old = try old.decode([String: String].self)
        return Self(name: "\(old["first"] ?? "") \(old["last"] ?? "")")
    }
}

extension Chores.Fit {
    @Job(name: "fits", aliases: ["fitted"]) static func all(of first: Self) -> [Self] {
        first == .cover ? [.cover, .contain] : [.contain, .cover]
    }

    static var allAsJob: $all { $all(of: .contain) }
}

@JobType(queue: "low", version: 2)
struct Digest {
    var day: String
    var limit = 10
    var note: String? = "none"

    func run(_ context: JobContext) async throws -> String { "\(day) \(limit) \(note ?? "nil")" }
}

@JobType
struct Plain: Job {
    static let options = JobOptions(queue: "plain")
    var day: String?
    func run(_ context: JobContext) async throws {}
}
