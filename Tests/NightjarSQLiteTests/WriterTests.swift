// Who commits what, and on which thread.

import CNightjar
import Foundation
import GRDB
import NightjarJobs
import NightjarTesting
import Synchronization
import Testing

@testable import NightjarSQLite

@Suite("Whose thread commits", .timeLimit(.minutes(1)))
struct WriterTests {
    private let path: String
    private let writer: Writer

    init() throws {
        path = try Folder.new() + "/jobs.sqlite"
        writer = try Self.writer(path)
    }

    private static func writer(_ path: String) throws -> Writer {
        let pool = try DatabaseFile(path: path, options: SQLiteOptions()).open()
        let writer = Writer(
            pool, path: path, clock: .system, catalog: Catalog(), limit: nil
        ) { _ in }
        try startThread("test-store") { writer.serve() }
        return writer
    }

    /// Asks for a step from this thread, and does something once that call has returned. Answers whether the step was
    /// done on this thread.
    private static func isOwn(
        _ writer: Writer, _ asker: Writer.Asker, afterwards: () -> Void = {}
    ) async throws -> Bool {
        let here = thread
        let step = Operation { _ in thread }
        writer.put(step.step, for: asker)
        afterwards()
        return try await step.value == here
    }

    private static var thread: String { "\(pthread_self())" }

    /// Writes something, so that the log has a head.
    private func begin() async throws { try await writer.write { try $0.setPaused(false, queue: "first") } }

    @Test("a lone caller commits its own step, and so does a worker")
    func alone() async throws {
        try await begin()
        for _ in 0..<20 {
            #expect(try await Self.isOwn(writer, .page(1)))
            #expect(try await Self.isOwn(writer, .worker(10)))
        }
        writer.close()
    }

    @Test("what takes its time is done by the writer's thread")
    func left() async throws {
        try await begin()
        #expect(try await Self.isOwn(writer, .page(Writer.most + 1)) == false)
        #expect(try await Self.isOwn(writer, .worker(Writer.most + 1)) == false)
        #expect(try await Self.isOwn(writer, .patient) == false)
        writer.close()
    }

    @Test("what a worker's thread asks for in one go shares a transaction, on that thread")
    func worker() async throws {
        try await begin()
        let engine = ThreadPool(name: "engine", threads: 1, priority: .normal)
        let all = try await Task(executorPreference: engine) { [writer] in
            // All of them are begun before the first comes back to it.
            async let first = writer.write(for: .worker(1)) { ($0.transactions, Self.thread) }
            async let second = writer.write(for: .worker(1)) { ($0.transactions, Self.thread) }
            async let third = writer.write(for: .worker(1)) { ($0.transactions, Self.thread) }
            return try await [first, second, third]
        }.value
        #expect(Set(all.map(\.0)).count == 1)
        #expect(Set(all.map(\.1)).count == 1)
        withExtendedLifetime(engine) {}
        writer.close()
    }

    @Test("what is asked for while a transaction is under way joins it")
    func joining() async throws {
        try await begin()
        let first = Operation { [writer] session in
            let second = Operation { $0.transactions }
            writer.put(second.step, for: .patient)
            return (session.transactions, second)
        }
        writer.put(first.step, for: .patient)
        let (transaction, second) = try await first.value
        #expect(try await second.value == transaction)
        let third = try await writer.write { $0.transactions }
        #expect(third > transaction)
        writer.close()
    }

    @Test("one that joins and fails after it has written undoes the transaction, and each gets one of its own")
    func joiningBadly() async throws {
        struct Refused: Error {}
        try await begin()
        let first = Operation { [writer] session in
            let bad = Operation { session in
                _ = try session.queueID("never")
                throw Refused()
            }
            _ = try session.queueID("once")
            // Asked for again when it is done again; the first of them has its answer then.
            writer.put(bad.step, for: .patient)
            return bad
        }
        writer.put(first.step, for: .patient)
        let bad = try await first.value
        await #expect(throws: Refused.self) { try await bad.value }
        writer.close()
        await writer.ended()
        let names = try await DatabaseQueue(path: path).read {
            try String.fetchAll($0, sql: "SELECT name FROM nightjar_queues ORDER BY name")
        }
        #expect(names == ["first", "once"])
    }

    @Test("the first commit in an empty log waits for the disk, and no caller does")
    func freshLog() async throws {
        #expect(try await Self.isOwn(writer, .page(1)) == false)
        try await begin()
        #expect(try await Self.isOwn(writer, .page(1)))
        writer.close()
    }

    @Test("a step belongs to nobody's task: it is committed whole though its caller is cancelled")
    func cancelled() async throws {
        try await begin()
        let done = try await Task { [writer] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await writer.write(for: .page(1)) { session in
                for name in ["a", "b"] { _ = try session.queueID(name) }
                return "\(pthread_self())"
            }
        }.value
        #expect(!done.isEmpty)
        let names = try await DatabaseQueue(path: path).read {
            try String.fetchAll($0, sql: "SELECT name FROM nightjar_queues ORDER BY name")
        }
        #expect(names == ["a", "b", "first"])
        writer.close()
    }

    @Test("a caller's step that fails undoes itself and leaves the connection to the next one")
    func failing() async throws {
        struct Refused: Error {}
        try await begin()
        for _ in 0..<3 {
            await #expect(throws: Refused.self) {
                try await writer.write(for: .page(1)) { session in
                    _ = try session.queueID("never")
                    throw Refused()
                }
            }
            #expect(try await Self.isOwn(writer, .page(1)))
        }
        let count = try await DatabaseQueue(path: path).read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM nightjar_queues")
        }
        #expect(count == 1)
        writer.close()
    }

    @Test("whoever hears the news of a commit may ask for the next one")
    func listeners() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        let pool = try DatabaseFile(path: path, options: SQLiteOptions()).open()
        let heard = Recorder<Int>()
        let asked = Mutex<Writer?>(nil)
        let writer = Writer(
            pool, path: path, clock: .system, catalog: Catalog(), limit: nil
        ) { news in
            guard !news.isEmpty, let writer = asked.withLock({ $0 }), heard.values.count < 50 else { return }
            heard.record(heard.values.count)
            var draft = NewsDraft()
            draft.ready()
            writer.put(.announcement(draft), for: .page(1))
        }
        asked.withLock { $0 = writer }
        try startThread("test-store") { writer.serve() }
        try await writer.write { try $0.setPaused(false, queue: "first") }
        await heard.untilCount(50)
        asked.withLock { $0 = nil }
        writer.close()
        await writer.ended()
    }

    // DBT-B8
    @Test("everybody is answered once, whoever asks and however it falls together, also while it closes")
    func everybody() async throws {
        let pool = ThreadPool(name: "job", threads: 2, priority: .background)
        var patient = Configuration()
        patient.busyMode = .timeout(20)
        let outsider = try DatabaseQueue(path: path, configuration: patient)
        try await outsider.write { try $0.execute(sql: "CREATE TABLE answers (number INTEGER PRIMARY KEY)") }
        let answered = Recorder<Int>()
        let refused = Recorder<Int>()
        let (rounds, callers) = (400, 12)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                let asker: Writer.Asker = [.page(1), .worker(1), .patient, .page(1)][caller % 4]
                group.addTask(executorPreference: caller % 4 == 3 ? pool : nil) { [writer] in
                    for round in 0..<rounds {
                        let number = caller * rounds + round
                        do {
                            let answer = try await writer.write(for: asker) { session in
                                try session.db.execute(sql: "INSERT INTO answers VALUES (\(number))")
                                return number
                            }
                            #expect(answer == number)
                            answered.record(number)
                        } catch let error as SQLiteError {
                            guard case .closed = error else { throw error }
                            refused.record(number)
                        }
                        if round % 8 == caller % 8 { await Task.yield() }
                    }
                }
            }
            // Another program holds the database now and then.
            group.addTask {
                for _ in 0..<100 {
                    try await outsider.write { try $0.execute(sql: "UPDATE nightjar_meta SET value = value") }
                }
            }
            // The last quarter meets a door that closes.
            await answered.untilCount(callers * rounds * 3 / 4)
            writer.close()
            try await group.waitForAll()
        }
        await writer.ended()
        #expect((answered.values + refused.values).sorted() == Array(0..<callers * rounds))
        let stored = try await outsider.read { try Int.fetchAll($0, sql: "SELECT number FROM answers ORDER BY number") }
        #expect(stored == answered.values.sorted())
        withExtendedLifetime(pool) {}
    }

    // A page may want to write while such a thread stands still.
    @Test("a thread of background priority commits nothing itself")
    func background() async throws {
        let pool = ThreadPool(name: "job", threads: 1, priority: .background)
        let isOwn = try await Task(executorPreference: pool) { [writer] in
            #expect(nightjar_thread_is_background() == 1)
            return try await Self.isOwn(writer, .page(1))
        }.value
        #expect(isOwn == false)
        withExtendedLifetime(pool) {}
        writer.close()
    }

    @Test("a caller is not held up by another program that holds the database")
    func held() async throws {
        try await begin()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let outsider = try DatabaseQueue(path: path, configuration: configuration)
        try outsider.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        // Were it held up, nobody would get to this COMMIT, and the step would fail.
        let isOwn = try await Self.isOwn(writer, .page(1)) {
            try? outsider.inDatabase { try $0.execute(sql: "COMMIT") }
        }
        #expect(isOwn == false)
        writer.close()
    }

    @Test("the log is moved into the file, though no caller does it")
    func log() async throws {
        let store = try await Store()
        let text = String(repeating: "x", count: 8000)
        for _ in 0..<4000 { try await store.put(text) }
        let log = try FileManager.default.attributesOfItem(atPath: store.path + "-wal")[.size] as? Int ?? .max
        // Every job is three pages and more: without it, there would be 48 MB of them.
        #expect(log < 2 * Int(LogSize.most) * 4096)
        await store.backend.close()
    }
}
