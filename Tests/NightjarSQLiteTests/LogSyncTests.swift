// Answers that wait for the disk: for one fsync together, and what becomes of them if the disk refuses.

import Dispatch
import Foundation
import GRDB
import NightjarJobs
import NightjarTesting
import Synchronization
import Testing

@testable import NightjarSQLite

/// A disk that says yes when it is let, or no.
private final class Disk: Sendable {
    let calls = Recorder<Int>()
    private let gate = DispatchSemaphore(value: 0)
    private let refuses = Atomic<Bool>(false)
    private let isOpen = Atomic<Bool>(false)

    func flush() -> Bool {
        calls.record(calls.values.count)
        if !isOpen.load(ordering: .sequentiallyConsistent) { gate.wait() }
        return !refuses.load(ordering: .sequentiallyConsistent)
    }

    /// Lets one fsync be over.
    func confirm() { gate.signal() }
    func refuse() { refuses.store(true, ordering: .sequentiallyConsistent) }
    func accept() { refuses.store(false, ordering: .sequentiallyConsistent) }

    /// Never waits again.
    func open() {
        isOpen.store(true, ordering: .sequentiallyConsistent)
        gate.signal()
    }
}

@Suite("Answers that wait for the disk", .timeLimit(.minutes(1)))
struct LogSyncTests {
    private let path: String
    private let disk = Disk()
    private let news = Recorder<[BackendNews]>()
    private let atOnce = Recorder<[BackendNews]>()
    private let writer: Writer

    init() throws {
        path = try Folder.new() + "/jobs.sqlite"
        let pool = try DatabaseFile(path: path, options: SQLiteOptions(synchronous: .full)).open()
        let sync = try LogSync(path: path, flush: { [disk] _ in disk.flush() }, tell: { [news] in news.record($0) })
        let writer = Writer(pool, path: path, clock: .system, catalog: Catalog(), limit: nil, sync: sync) { [atOnce] in
            atOnce.record($0)
        }
        try startThread("test-sync") { sync.serve() }
        try startThread("test-store") { writer.serve() }
        self.writer = writer
    }

    private func put(_ queue: String, for asker: Writer.Asker = .page(1)) -> NightjarSQLite.Operation<Int64> {
        let step = Operation { session in
            session.news.ready()
            return try session.queueID(queue)
        }
        writer.put(step.step, for: asker)
        return step
    }

    private func stored() throws -> [String] {
        try DatabaseQueue(path: path).read {
            try String.fetchAll($0, sql: "SELECT name FROM nightjar_queues ORDER BY name")
        }
    }

    private func close() async {
        disk.open()
        writer.close()
        await writer.ended()
    }

    @Test("an answer and its news are given once the disk has it; jobs are handed out before")
    func waiting() async throws {
        let step = put("a")
        await disk.calls.untilCount(1)
        // It is committed by now, and others see it.
        #expect(try stored() == ["a"])
        #expect(!step.step.isAnswered)
        #expect(news.values.isEmpty)
        _ = try await put("b", for: .claim(1)).value
        #expect(!step.step.isAnswered)
        // Nothing but a claim was stored.
        #expect(news.values.isEmpty)
        #expect(atOnce.values.count == 1)
        disk.confirm()
        _ = try await step.value
        await news.untilCount(1)
        #expect(disk.calls.values.count <= 2)
        await close()
    }

    @Test("what is committed while the disk is busy shares its next turn")
    func sharing() async throws {
        let first = put("first")
        await disk.calls.untilCount(1)
        let others = (0..<20).map { put("\($0)") }
        // The last one is committed once this has its answer.
        _ = try await put("claim", for: .claim(1)).value
        #expect(others.allSatisfy { !$0.step.isAnswered })
        disk.confirm()
        _ = try await first.value
        await disk.calls.untilCount(2)
        disk.confirm()
        for step in others { _ = try await step.value }
        #expect(try stored().count == 22)
        #expect(disk.calls.values.count == 2)
        await close()
    }

    @Test("if the disk refuses, whoever waits is told, and nothing is answered before the log is in the file")
    func refusing() async throws {
        disk.refuse()
        let lost = put("uncertain")
        await disk.calls.untilCount(1)
        disk.open()
        await #expect(throws: SQLiteError.notOnDisk(path: path)) { try await lost.value }
        // Somebody who reads keeps the log from being emptied.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: path, configuration: configuration)
        try await reader.writeWithoutTransaction {
            try $0.execute(sql: "BEGIN; SELECT count(*) FROM nightjar_queues")
        }
        disk.accept()
        await #expect(throws: SQLiteError.notOnDisk(path: path)) { try await put("refused").value }
        try await reader.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        _ = try await put("mended").value
        let log = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
        // The head, and what has been written since.
        #expect(try #require(log) < 20 * 4096)
        #expect(try stored() == ["mended", "uncertain"])
        await close()
    }

    @Test("a writer that closes answers everybody first")
    func closing() async throws {
        let steps = (0..<10).map { put("\($0)") }
        await disk.calls.untilCount(1)
        disk.open()
        writer.close()
        await writer.ended()
        for step in steps { #expect(step.step.isAnswered) }
        for step in steps { _ = try await step.value }
    }

    @Test("a caller's thread commits and does not wait for the disk")
    func caller() async throws {
        disk.open()
        _ = try await put("first").value
        var own = 0
        for _ in 0..<100 {
            let here = "\(pthread_self())"
            let step = Operation { _ in "\(pthread_self())" }
            writer.put(step.step, for: .page(1))
            if try await step.value == here { own += 1 }
        }
        // Now and then it comes while somebody else is still about to leave.
        #expect(own > 50)
        await close()
    }
}
