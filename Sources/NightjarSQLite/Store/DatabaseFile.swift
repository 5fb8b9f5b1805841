// The file and its connections: made private, opened the way this module needs it.

import CNightjar
import Dispatch
import GRDB
import NightjarJobs

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

struct DatabaseFile: Sendable {
    let path: String
    let options: SQLiteOptions

    /// Opens the file, making it and its folder if need be, and brings its tables up to date.
    /// - Throws: ``SQLiteError``.
    func open() throws -> DatabasePool {
        let giveUp = ContinuousClock.now + options.busyTimeout
        while true {
            do { return try openOnce() } catch {
                let reason = sentence(error, path)
                // Where two processes switch a new file to WAL at once, SQLite refuses one without asking it to wait.
                guard case SQLiteError.locked = reason, ContinuousClock.now < giveUp else { throw reason }
                usleep(.random(in: 2_000...10_000))
            }
        }
    }

    /// Where the file is when all links are followed: processes that call it by different names must meet.
    var realPath: String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func openOnce() throws -> DatabasePool {
        try make()
        let pool = try DatabasePool(path: path, configuration: configuration())
        try pool.writeWithoutTransaction { db in
            // Where answers wait for the disk, they do so after the commit, see LogSync.
            try db.execute(
                sql: """
                    PRAGMA synchronous = NORMAL;
                    PRAGMA wal_autocheckpoint = 4000;
                    PRAGMA journal_size_limit = 67108864;
                    """)
            try Schema.migrate(db, path: path)
            if options.limit != nil { try Schema.countWaiting(db) }
        }
        return pool
    }

    /// Jobs hold what users wrote; only this user may read them. SQLite gives the files beside it the same permissions.
    private func make() throws {
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try makeFolder(String(path[..<slash])) }
        let descriptor = openFile(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor < 0 else { return _ = close(descriptor) }
        guard errno == EEXIST else { throw SQLiteFailure.system(errno, path) }
        guard access(path, W_OK) == 0 else { throw SQLiteFailure.system(errno, path) }
    }

    private func makeFolder(_ folder: String) throws {
        if access(folder, F_OK) == 0 { return }
        if let slash = folder.lastIndex(of: "/"), slash > folder.startIndex { try makeFolder(String(folder[..<slash])) }
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw SQLiteFailure.system(errno, folder) }
    }

    private func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "nightjar"
        configuration.maximumReaderCount = max(1, options.readers)
        configuration.busyMode = .callback(Patience(options.busyTimeout).wait)
        let pages = options.cacheBytes / 1024
        configuration.prepareDatabase { db in
            // Only an empty file takes to it; in an app's own file it stays as the app has it.
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            try db.execute(sql: "PRAGMA cache_size = -\(db.configuration.readonly ? pages / 4 : pages)")
        }
        return configuration
    }
}

private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
    #if canImport(Darwin)
        Darwin.open(path, flags, mode)
    #else
        Glibc.open(path, flags, mode)
    #endif
}

/// Waits for another process's transaction: without sleeping at first, since most are over before a thread has fallen asleep,
/// often then, and up to the limit, or to that of the thread if it has one.
private struct Patience: Sendable {
    let limit: Duration

    init(_ limit: Duration) { self.limit = limit }

    /// How long somebody has slept who has tried so often.
    private func slept(_ tries: Int) -> Duration {
        .microseconds(
            50 * min(max(tries - 20, 0), 50) + 500 * min(max(tries - 70, 0), 100) + 5000 * max(tries - 170, 0))
    }

    @Sendable func wait(_ tries: Int) -> Bool {
        let own = nightjar_thread_wait_limit()
        if own == 0 {
            // Asked for by several connections, so it remembers nothing.
            guard slept(tries) < limit else { return false }
        } else if DispatchTime.now().uptimeNanoseconds >= own {
            return false
        }
        if tries < 20 { sched_yield() } else { usleep(tries < 70 ? 50 : tries < 170 ? 500 : 5000) }
        return true
    }
}
