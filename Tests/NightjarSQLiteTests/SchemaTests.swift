// Tables of other versions: an older program survives what only adds, and refuses what it cannot handle.

import GRDB
import NightjarJobs
import Testing

@testable import NightjarSQLite

@Suite("Versions of the tables")
struct SchemaTests {
    private static let addition = Schema.Migration(
        sql: "ALTER TABLE nightjar_jobs ADD COLUMN colour TEXT; CREATE TABLE nightjar_new (a INTEGER)", oldest: 1)

    // DBT-X17
    @Test("an older program works on tables that a newer one added to")
    func additive() async throws {
        let old = try await Store()
        let id = try await old.put()
        try await old.outsider().writeWithoutTransaction { db in
            try Schema.migrate(db, path: old.path, with: Schema.migrations + [Self.addition])
        }
        // The one that was open all the time, and one that opens now.
        #expect(try await old.end(old.take()) == [true])
        let late = try await Store(old.path)
        #expect(try await late.record(id)?.state == .completed)
        try await late.put()
        #expect(try await late.end(late.take()) == [true])
        #expect(try late.ask("SELECT value FROM nightjar_meta WHERE key = 'version'") == Schema.migrations.count + 1)
        for store in [old, late] { await store.backend.close() }
    }

    @Test("a file from before there were schedules gets them, and its programs go on working")
    func schedules() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        let first = Array(Schema.migrations.prefix(1))
        let before = try DatabaseQueue(path: path)
        try await before.writeWithoutTransaction { try Schema.migrate($0, path: path, with: first) }
        try before.close()
        let store = try await Store(path)
        let move = ScheduleMove("digest", from: nil, to: store.backend.clock.now, job: store.job())
        #expect(try await store.backend.move(move) == .fired(.inserted))
        // The older program opens it again, and sees the job as any other.
        try await store.outsider().writeWithoutTransaction { try Schema.migrate($0, path: path, with: first) }
        #expect(try await store.end(store.take()) == [true])
        await store.backend.close()
        let again = try await Store(path)
        #expect(try await again.backend.schedules().map(\.name) == ["digest"])
        await again.backend.close()
    }

    @Test("an older program refuses tables that it cannot handle, in a sentence")
    func incompatible() async throws {
        let store = try await Store()
        await store.backend.close()
        let removal = Schema.Migration(sql: "DROP INDEX nightjar_jobs_lost", oldest: Schema.migrations.count + 1)
        try await store.outsider().writeWithoutTransaction { db in
            try Schema.migrate(db, path: store.path, with: Schema.migrations + [removal])
        }
        let known = Schema.migrations.count
        let expected = SQLiteError.newerVersion(path: store.path, found: known + 1, known: known)
        await #expect(throws: expected) { try await SQLiteBackend(path: store.path).open() }
        #expect(expected.description.contains("newer release"))
    }

    // DESIGN §5.6, DBT-X17
    @Test("a job that a newer release stored in words this one does not know waits, is listed, and holds up nobody")
    func newWords() async throws {
        let newer = try await Store()
        let strange = try await newer.put(spec: JobSpec(name: "mail", queue: "mail", timeout: .seconds(7)))
        let alone = try await newer.put(spec: JobSpec(name: "job", unique: UniquePolicy(key: "one")))
        let known = try await newer.put()
        func change(_ sql: String) async throws {
            try await newer.outsider().write { try $0.execute(sql: sql) }
        }
        try await change(
            "UPDATE nightjar_specs SET spec = replace(spec, '\"retry\"', '\"escalate\"') WHERE name = 'mail'")
        try await change("UPDATE nightjar_jobs SET extra = replace(extra, '\"keep\"', '\"merge\"')")

        let older = try await Store(newer.path)
        let queue = JobQueue(backend: older.backend)
        try queue.register(Known.self)
        try await withWorkers(queue) {
            let value = try await queue.background(Known()).value(timeout: .seconds(20))
            #expect(value == "run")
        }
        #expect(try await older.record(strange)?.state == .pending)
        #expect(try await older.record(strange)?.spec.queue == "mail")
        #expect(try await older.record(alone)?.attempt == 0)
        #expect(try await older.backend.list(JobFilter(states: [.pending])).map(\.id) == [known, alone, strange])

        try await change(
            "UPDATE nightjar_specs SET spec = replace(spec, '\"escalate\"', '\"retry\"') WHERE name = 'mail'")
        try await change("UPDATE nightjar_jobs SET extra = replace(extra, '\"merge\"', '\"keep\"')")
        let update = try await Store(newer.path)
        #expect(try await update.take().map(\.id).sorted() == [strange, alone, known])
        for store in [newer, older, update] { await store.backend.close() }
    }

    @Test("a migration that fails leaves nothing behind")
    func failing() async throws {
        let store = try await Store()
        let broken = Schema.Migration(sql: "CREATE TABLE nightjar_half (a); SELECT nonsense", oldest: 1)
        await #expect(throws: (any Error).self) {
            try await store.outsider().writeWithoutTransaction { db in
                try Schema.migrate(db, path: store.path, with: Schema.migrations + [broken])
            }
        }
        #expect(try store.ask("SELECT count(*) FROM sqlite_master WHERE name = 'nightjar_half'") == 0)
        try await store.put()
        await store.backend.close()
    }

    // DBT-X17
    @Test("many that open a new file at the same moment make its tables once")
    func concurrently() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        let stores = try await withThrowingTaskGroup(of: Store.self) { group in
            let patient = SQLiteOptions(busyTimeout: .seconds(60))
            for _ in 0..<8 { group.addTask { try await Store(path, options: patient) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for store in stores { try await store.put() }
        #expect(try await stores[0].take(20).count == 8)
        for store in stores { await store.backend.close() }
    }

    @Test("the tables can be added to a file that an app already uses")
    func besideAnApp() async throws {
        let path = try Folder.new() + "/app.sqlite"
        let app = try DatabasePool(path: path)
        try await app.write { try $0.execute(sql: "CREATE TABLE orders (id INTEGER PRIMARY KEY)") }
        let store = try await Store(path)
        try await store.put()
        try await app.write { try $0.execute(sql: "INSERT INTO orders DEFAULT VALUES") }
        #expect(try await store.take().count == 1)
        await store.backend.close()
    }
}

private struct Known: Job {
    static let name = "known"
    func run(_ context: JobContext) async throws -> String { "run" }
}
