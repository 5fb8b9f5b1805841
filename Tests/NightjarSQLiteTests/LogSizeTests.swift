// The write-ahead log is moved into the file now and then, whoever else reads and writes.

import GRDB
import Testing

@testable import NightjarSQLite

@Suite("The length of the log")
struct LogSizeTests {
    private let pool: DatabasePool
    private let outsider: DatabaseQueue

    init() throws {
        let path = try Folder.new() + "/jobs.sqlite"
        pool = try DatabaseFile(path: path, options: SQLiteOptions()).open()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        // It never moves the log itself.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
        outsider = try DatabaseQueue(path: path, configuration: configuration)
        try pool.write { try $0.execute(sql: "CREATE TABLE pages (content BLOB)") }
    }

    private func fill(_ db: Database, pages: Int = Int(LogSize.most)) throws {
        try db.execute(sql: "INSERT INTO pages VALUES (zeroblob(\(pages * 4096)))")
    }

    private func tellOutsider(_ sql: String) throws {
        try outsider.writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    @Test("begins again though another process writes to it while it is moved")
    func beginsAgain() throws {
        try pool.writeWithoutTransaction { db in
            let log = LogSize(of: db)
            defer { log.stop() }
            try fill(db)
            #expect(log.isLong)
            try tellOutsider("BEGIN IMMEDIATE; INSERT INTO pages VALUES (1)")
            log.shorten()
            try tellOutsider("COMMIT")
            // Nothing of what the other one wrote is moved, so the log goes on.
            try fill(db, pages: 1)
            #expect(log.isLong)
            log.shorten()
            #expect(log.isFresh)
            try fill(db, pages: 1)
            #expect(!log.isLong)
            let pages = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)").map { $0[1] as Int }
            #expect(try #require(pages) < 10)
        }
    }

    @Test("what a reader keeps from being moved is not tried again with each commit")
    func reader() throws {
        try pool.writeWithoutTransaction { db in
            let log = LogSize(of: db)
            defer { log.stop() }
            try tellOutsider("BEGIN; SELECT count(*) FROM pages")
            try fill(db)
            log.shorten()
            #expect(!log.isFresh)
            for _ in 0..<10 { try fill(db, pages: 1) }
            #expect(!log.isLong)
            try fill(db, pages: Int(LogSize.most) / 4)
            #expect(log.isLong)
            // Nor is it waited for.
            log.shorten()
            #expect(!log.isFresh)
            try tellOutsider("COMMIT")
            try fill(db, pages: Int(LogSize.most) / 4)
            #expect(log.isLong)
            log.shorten()
            #expect(log.isFresh)
        }
    }
}
