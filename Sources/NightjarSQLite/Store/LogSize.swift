// How long the write-ahead log is. SQLite would move it into the file within whichever commit makes it too long, and that
// waits for the disk; here the commit only notes it, and the writer's thread moves it afterwards.

import GRDB
import GRDBSQLite

/// The length of a connection's log, noted at each commit.
final class LogSize {
    /// How many pages it may have: 4000, 16 MB, some ten thousand jobs, so that moving it is rare and still quick.
    static let most: Int32 = 4000

    private let handle: OpaquePointer?
    private var pages: Int32 = 0
    /// Whether the next commit may be the first in an empty log, which waits until the disk has the log's head.
    private(set) var isFresh = true

    /// Takes the place of SQLite's own automatic checkpoint, until it is told to stop.
    init(of db: Database) {
        handle = db.sqliteConnection
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<LogSize>.fromOpaque(context).takeUnretainedValue().note(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func note(_ pages: Int32) {
        self.pages = pages
        isFresh = false
    }

    /// Notes nothing from now on.
    func stop() { sqlite3_wal_hook(handle, nil, nil) }

    /// Whether it is time to move it.
    var isLong: Bool { pages >= Self.most }

    /// Moves what it can without waiting for readers; what they keep from being moved is tried again after the next commit.
    func shorten() {
        pages = 0
        var (all, moved) = (Int32(0), Int32(0))
        sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, &all, &moved)
        isFresh = all == moved
    }
}
