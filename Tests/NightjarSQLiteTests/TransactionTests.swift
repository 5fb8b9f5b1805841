// Jobs as part of the app's own transactions.

import GRDB
import NightjarJobs
import NightjarSQLite
import NightjarTesting
import Testing

@Suite("A job in the app's transaction", .timeLimit(.minutes(1)))
struct TransactionTests {
    struct Send: Job {
        var order: Int64
        func run(_ context: JobContext) async throws -> Int64 { order }
    }

    private struct Rollback: Error {}

    private func app() async throws -> (Store, JobQueue, DatabasePool) {
        let store = try await Store()
        let queue = JobQueue(backend: store.backend)
        try queue.register(Send.self)
        var configuration = Configuration()
        // As the article on durable jobs says: a worker may be writing just then.
        configuration.busyMode = .timeout(15)
        let database = try DatabasePool(path: store.path, configuration: configuration)
        try await database.write { try $0.execute(sql: "CREATE TABLE orders (id INTEGER PRIMARY KEY)") }
        return (store, queue, database)
    }

    // DBT-X15, NUVOM-B14
    @Test("exists exactly if the transaction commits")
    func commitAndRollback() async throws {
        let (store, queue, database) = try await app()
        let kept = try await database.write { db in
            try db.execute(sql: "INSERT INTO orders DEFAULT VALUES")
            return try queue.enqueue(Send(order: db.lastInsertedRowID), in: db)
        }
        let lost = Recorder<JobID>()
        await #expect(throws: Rollback.self) {
            try await database.write { db in
                lost.record(try queue.enqueue(Send(order: 2), in: db).jobID)
                throw Rollback()
            }
        }
        #expect(try await store.record(kept.jobID)?.state == .pending)
        #expect(try await store.record(lost.values[0]) == nil)
        #expect(try await store.take().map(\.id) == [kept.jobID])
        await store.backend.close()
    }

    // NUVOM-18
    @Test("many jobs exist together exactly if the transaction commits")
    func bulk() async throws {
        let (store, queue, database) = try await app()
        let kept = try await database.write { db in
            try queue.enqueue((1...10).map { Send(order: $0) }, in: db)
        }
        await #expect(throws: Rollback.self) {
            try await database.write { db in
                try queue.enqueue((11...20).map { Send(order: $0) }, in: db)
                throw Rollback()
            }
        }
        #expect(try await store.take(100).map(\.id) == kept.map(\.jobID))
        let none = try await database.write { db in try queue.enqueue([Send](), in: db) }
        #expect(none.isEmpty)
        await store.backend.close()
    }

    @Test("is told to workers when the transaction has committed, and not before")
    func told() async throws {
        let (store, queue, database) = try await app()
        let before = store.news.values.count
        try await database.write { db in
            try queue.enqueue(Send(order: 1), in: db)
            #expect(store.news.values.count == before)
        }
        _ = await store.news.until { $0.dropFirst(before).contains(where: \.isReady) }
        try await withWorkers(queue) {
            let future = try await database.write { db in try queue.enqueue(Send(order: 9), in: db) }
            #expect(try await future.value(timeout: .seconds(20)) == 9)
        }
        await store.backend.close()
    }

    @Test("rolls back with a savepoint, and the rest stays")
    func savepoint() async throws {
        let (store, queue, database) = try await app()
        try await database.write { db in
            try queue.enqueue(Send(order: 1), in: db)
            try db.inSavepoint {
                try queue.enqueue(Send(order: 2), in: db)
                return .rollback
            }
            try queue.enqueue(Send(order: 3), in: db)
        }
        #expect(try await store.take().count == 2)
        await store.backend.close()
    }

    @Test("keeps its unique key, and outside a transaction is one by itself")
    func unique() async throws {
        let (store, queue, database) = try await app()
        let options = JobOptions(unique: UniquePolicy(key: "one"))
        let first = try await database.writeWithoutTransaction { db in
            try queue.enqueue(Send(order: 1), in: db, options: options)
        }
        let second = try await database.write { db in try queue.enqueue(Send(order: 2), in: db, options: options) }
        #expect(second.isExisting && second.jobID == first.jobID)
        #expect(try await store.take().count == 1)
        await store.backend.close()
    }

    @Test("in a file of its own is refused, with what to do instead")
    func ownFile() async throws {
        let (store, queue, _) = try await app()
        let other = try DatabaseQueue(path: try Folder.new() + "/app.sqlite")
        await #expect {
            try await other.write { db in _ = try queue.enqueue(Send(order: 1), in: db) }
        } throws: { error in
            guard case SQLiteError.noJobTables = error else { return false }
            return "\(error)".contains("DATABASE_URL")
        }
        let memory = JobQueue()
        try memory.register(Send.self)
        await #expect(throws: QueueError.self) {
            try await other.write { db in _ = try memory.enqueue(Send(order: 1), in: db) }
        }
        await store.backend.close()
    }
}
