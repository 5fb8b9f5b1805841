// Who commits what, and on which thread.

import CNightjar
import Foundation
import GRDB
import NightjarJobs
import Synchronization
import Testing

@testable import NightjarSQLite

@Suite("Whose thread commits")
struct WriterTests {
    private let path: String
    private let writer: Writer

    init() throws {
        path = try Folder.new() + "/jobs.sqlite"
        writer = try Self.writer(path, servesCallers: true)
    }

    private static func writer(_ path: String, servesCallers: Bool) throws -> Writer {
        let pool = try DatabaseFile(path: path, options: SQLiteOptions()).open()
        let writer = Writer(
            pool, path: path, clock: .system, catalog: Catalog(), limit: nil, servesCallers: servesCallers
        ) { _ in }
        try startThread("test-store") { writer.serve() }
        return writer
    }

    /// Asks for a step from this thread, and does something once that call has returned. Answers whether the step was
    /// done on this thread.
    private static func isOwn(
        _ writer: Writer, _ asker: Writer.Asker, afterwards: () -> Void = {}
    ) async throws -> Bool {
        let (asked, done): (String, String) = try await withCheckedThrowingContinuation { continuation in
            let here = "\(pthread_self())"
            writer.put(Operation(continuation) { _ in (here, "\(pthread_self())") }, for: asker)
            afterwards()
        }
        return asked == done
    }

    @Test("a lone caller commits its own step, and so does a worker that comes back after a rest")
    func alone() async throws {
        for _ in 0..<20 { #expect(try await Self.isOwn(writer, .page(1))) }
        #expect(try await Self.isOwn(writer, .worker(10)))
        writer.close()
    }

    @Test("what takes its time, and what a worker asks for in a train, is done by the writer's thread")
    func left() async throws {
        #expect(try await Self.isOwn(writer, .page(Writer.most + 1)) == false)
        #expect(try await Self.isOwn(writer, .patient) == false)
        _ = try await Self.isOwn(writer, .worker(1))
        #expect(try await Self.isOwn(writer, .worker(1)) == false)
        writer.close()
    }

    @Test("where each commit waits for the disk, no caller does")
    func full() async throws {
        let patient = try Self.writer(try Folder.new() + "/jobs.sqlite", servesCallers: false)
        #expect(try await Self.isOwn(patient, .page(1)) == false)
        patient.close()
        writer.close()
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
