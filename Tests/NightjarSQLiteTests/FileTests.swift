// The file itself: private, in the mode it promises, and still there the next time.

import Foundation
import GRDB
import NightjarJobs
import NightjarSQLite
import Testing

@Suite("The database file")
struct FileTests {
    private func mode(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
    }

    @Test("is readable by its owner only, and so is the folder that was made for it")
    func permissions() async throws {
        let folder = try Folder.new() + "/made/for/it"
        let store = try await Store(folder + "/jobs.sqlite")
        try await store.put()
        #expect(try mode(folder) == 0o700)
        for suffix in ["", "-wal", "-shm"] { #expect(try mode(store.path + suffix) == 0o600) }
        #expect(try mode(store.path + "-workers") == 0o700)
        await store.backend.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.path + "-workers").isEmpty)
    }

    @Test("is kept in WAL mode and can give space back")
    func modes() async throws {
        let store = try await Store()
        #expect(try store.ask("PRAGMA journal_mode") == "wal")
        #expect(try store.ask("PRAGMA auto_vacuum") == 2)
        await store.backend.close()
    }

    @Test("is whole by itself once everybody has left: nothing is kept in a log beside it")
    func checkpoint() async throws {
        let one = try await Store()
        let two = try await Store(one.path)
        for store in [one, two] {
            try await store.put()
            _ = try await store.take()
            _ = try await store.backend.counts()
        }
        await one.backend.close()
        await two.backend.close()
        let left = try FileManager.default.contentsOfDirectory(
            atPath: (one.path as NSString).deletingLastPathComponent)
        #expect(left.sorted() == ["jobs.sqlite", "jobs.sqlite-workers"])
    }

    // NORI-6, NUVOM-4, DBT-1
    @Test("keeps jobs from one process to the next, whole")
    func reopening() async throws {
        let first = try await Store()
        let spec = JobSpec(
            name: "Shop.Receipt", queue: "mail", priority: 3, retry: .exponential(base: 3), tags: ["a"],
            metadata: ["b": "c"])
        let id = try await first.put("\"value\"", spec: spec)
        await first.backend.close()
        await #expect(throws: SQLiteError.closed(path: first.path)) { try await first.put() }

        let second = try await Store(first.path)
        let claimed = try #require(try await second.take().first)
        #expect(claimed.id == id)
        #expect(claimed.spec.name == "Shop.Receipt" && claimed.spec.queue == "mail" && claimed.spec.priority == 3)
        #expect(claimed.spec.retry != nil && claimed.spec.tags == ["a"] && claimed.spec.metadata == ["b": "c"])
        guard case .encoded(let bytes) = claimed.payload else { return #expect(Bool(false), "the value is no bytes") }
        #expect(String(decoding: bytes, as: UTF8.self) == "\"value\"")
        await second.backend.close()
    }

    // DBT-5, DBT-6, ASOK-5, NUVOM-16
    @Test("can be read with the query that the article on durable jobs shows")
    func inspection() async throws {
        let article = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Nightjar/Nightjar.docc/DurableJobs.md")
        let block = try #require(
            try String(contentsOf: article, encoding: .utf8).components(separatedBy: "```sql\n").dropFirst().first)
        let query = try #require(block.components(separatedBy: "```").first)
        let store = try await Store()
        let queue = JobQueue(backend: store.backend)
        try queue.register(Greet.self)
        let due = Date(timeIntervalSince1970: 4_000_000_000)
        try await queue.background(Greet(name: "Ada"), at: due, options: JobOptions(queue: "mail"))
        let rows = try await store.outsider().read { db in
            try Row.fetchAll(db, sql: query).map { row in
                ["name", "queue", "due", "value"].map { name -> String in row[name] }
            }
        }
        #expect(rows == [["Shop.Greet", "mail", "2096-10-02 07:06:40", #"{"name":"Ada"}"#]])
        await store.backend.close()
    }

    @Test("specifications that differ with every call fill no table, and come back all the same")
    func manySpecs() async throws {
        let store = try await Store()
        let jobs = (0..<1500).map { number in
            store.job(spec: JobSpec(name: "job", timeout: .milliseconds(1000 + number), metadata: ["n": "\(number)"]))
        }
        _ = try await store.backend.insert(jobs)
        #expect(try store.ask("SELECT count(*) FROM nightjar_specs", as: Int.self) ?? 9999 <= 1001)
        let claimed = try await store.take(1500)
        #expect(claimed.map(\.spec.timeout) == (0..<1500).map { .milliseconds(1000 + $0) })
        #expect(claimed.map { $0.spec.metadata["n"] } == (0..<1500).map { "\($0)" })
        await store.backend.close()
    }
}

private struct Greet: Job {
    static let name = "Shop.Greet"
    var name: String
    func run(_ context: JobContext) async throws -> String { "Hello, \(name)" }
}
