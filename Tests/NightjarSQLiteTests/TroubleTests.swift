// Locked, read-only, full, damaged: a wait or a sentence, and never a job that was acknowledged and is not there.

import Foundation
import GRDB
import NightjarJobs
import NightjarTesting
import Testing

@testable import NightjarSQLite

@Suite("A database in trouble")
struct TroubleTests {
    // DBT-B15
    @Test("that another process has locked is waited for")
    func lockedForAWhile() async throws {
        let store = try await Store()
        let outsider = try store.outsider()
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let insert = Task { try await store.put() }
        // Questions are answered meanwhile.
        #expect(try await store.backend.counts().isEmpty)
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        let id = try await insert.value
        #expect(try await store.record(id) != nil)
        await store.backend.close()
    }

    @Test("that stays locked is given up on in a sentence, and used again once it is free")
    func lockedForTooLong() async throws {
        let store = try await Store(options: SQLiteOptions(busyTimeout: .milliseconds(50)))
        let outsider = try store.outsider()
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let refused = store.job()
        await #expect(throws: SQLiteError.locked(path: store.path)) { try await store.backend.insert([refused]) }
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await store.record(refused.id) == nil)
        try await store.put()
        #expect(try await store.take().count == 1)
        await store.backend.close()
    }

    // AT-3
    @Test("that was locked for longer than a lease takes no job from a worker that lives, whoever is first afterwards")
    func lockedForALease() async throws {
        let clock = ManualClock()
        let options = SQLiteOptions(busyTimeout: .milliseconds(50))
        let worker = try await Store(options: options, clock: clock.jobClock)
        let other = try await Store(worker.path, options: options, clock: clock.jobClock)
        let id = try await worker.put()
        let job = try #require(try await worker.take().first)
        let outsider = try worker.outsider()
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let renewal = Renewal(id: job.id, lease: job.lease)
        await #expect(throws: SQLiteError.locked(path: worker.path)) { try await worker.backend.renew([renewal]) }
        clock.advance(by: .seconds(50))
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await other.backend.rescue().isEmpty)
        #expect(try await worker.backend.rescue().isEmpty)
        // What it asked for in vain has been done with that.
        clock.advance(by: .seconds(29))
        #expect(try await other.backend.rescue().isEmpty)
        #expect(try await worker.end([job]) == [true])
        #expect(try await worker.record(id)?.crashes == 0)
        for store in [worker, other] { await store.backend.close() }
    }

    @Test("that is locked keeps nobody longer than it may, whoever else waits, and no shutdown")
    func lockedForMany() async throws {
        let store = try await Store(options: SQLiteOptions(busyTimeout: .seconds(5)))
        let outsider = try store.outsider()
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let first = Task { try await store.put() }
        try await Task.sleep(for: .seconds(1))
        let begun = ContinuousClock.now
        await #expect(throws: SQLiteError.locked(path: store.path)) { try await store.put() }
        // The first one's end after four of its five seconds: waiting for both would be nine.
        #expect(ContinuousClock.now - begun < .seconds(8.5), "its own five seconds, and not the first one's as well")
        await #expect(throws: SQLiteError.locked(path: store.path)) { try await first.value }
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try await store.put()

        let patient = try await Store(store.path, options: SQLiteOptions(busyTimeout: .seconds(600)))
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let last = Task { try await patient.put() }
        for _ in 0..<100 { await Task.yield() }
        await patient.backend.close()
        await #expect(throws: SQLiteError.self) { try await last.value }
        try await outsider.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        await store.backend.close()
    }

    @Test("that is no database is refused in a sentence")
    func noDatabase() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        try Data("This is a letter, and a long one, since a short one would pass for an empty file.".utf8)
            .write(to: URL(fileURLWithPath: path))
        await #expect {
            try await SQLiteBackend(path: path).open()
        } throws: { error in
            guard case SQLiteError.corrupt(path, _) = error else { return false }
            return "\(error)".contains("damaged")
        }
    }

    @Test("that is damaged says so and does not take the process with it")
    func damaged() async throws {
        let store = try await Store()
        _ = try await store.backend.insert((0..<2000).map { store.job(String(repeating: "x", count: 100 + $0 % 50)) })
        await store.backend.close()
        let file = try #require(FileHandle(forUpdatingAtPath: store.path))
        let size = try file.seekToEnd()
        for page in 8..<(size / 4096) {
            try file.seek(toOffset: page * 4096)
            try file.write(contentsOf: Data(repeating: 0x5A, count: 4096))
        }
        try file.close()
        let again = try await Store(store.path)
        await #expect {
            _ = try await again.take(2000)
        } throws: { error in
            if case SQLiteError.corrupt = error { true } else { false }
        }
        await again.backend.close()
    }

    @Test("is the store's trouble and may pass; what is wrong with a value may not")
    func passing() {
        for (code, mayPass) in [(5, true), (13, true), (10, true), (7, true), (11, false), (18, false), (1555, false)] {
            let error = sentence(DatabaseError(resultCode: ResultCode(rawValue: Int32(code))), "/nowhere/jobs.sqlite")
            #expect((error as? SQLiteError)?.mayPass == mayPass, "\(code): \(error)")
        }
    }

    @Test("in a folder that cannot be made is refused in a sentence")
    func noFolder() async throws {
        let file = try Folder.new() + "/file"
        try Data().write(to: URL(fileURLWithPath: file))
        let path = file + "/jobs.sqlite"
        await #expect {
            try await SQLiteBackend(path: path).open()
        } throws: { error in
            if case SQLiteError.cannotOpen = error { true } else { false }
        }
    }

    @Test("that cannot grow refuses what does not fit, keeps what it has, and goes on when there is room")
    func full() async throws {
        let store = try await Store()
        let kept = try await store.put()
        // A limit on the size of files, as a process manager sets one: in a process of its own, since it holds for all.
        let path = store.path
        await store.backend.close()
        await #expect(processExitsWith: .success) { [path = path as String] in
            var limit = rlimit(rlim_cur: 2 << 20, rlim_max: rlim_t.max)
            guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(1) }
            let store = try await Store(path)
            var stored: [JobID] = []
            var refusal: (any Error)?
            while refusal == nil, stored.count < 10_000 {
                do { stored.append(try await store.put(String(repeating: "x", count: 10_000))) } catch {
                    refusal = error
                }
            }
            guard refusal as? SQLiteError == .full(path: path), !stored.isEmpty else {
                FileHandle.standardError.write(Data("\(String(describing: refusal))\n".utf8))
                exit(2)
            }
            guard try await store.backend.records(stored).allSatisfy({ $0 != nil }) else { exit(3) }
            limit.rlim_cur = rlim_t.max
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            _ = try await store.put()
            guard try await store.take(20_000).count == stored.count + 2 else { exit(4) }
            exit(0)
        }
        let again = try await Store(path)
        #expect(try await again.record(kept) != nil)
        #expect(try again.ask("PRAGMA integrity_check") == "ok")
        await again.backend.close()
    }
}
