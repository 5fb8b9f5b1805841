// How long the write-ahead log is. SQLite would move it into the file within whichever commit makes it too long, and that
// waits for the disk; here the commit only notes it, and the writer's thread moves it afterwards.
//
// A log begins again, from its start, with the first commit that finds all of it moved. Where two processes write without
// a pause, each has added to it by the time the other has moved it, and it would grow and be moved for ever. So it is moved
// in two steps: nearly all of it while the others write, and then the rest while nobody does.

import CNightjar
import Dispatch
import GRDB
import GRDBSQLite

/// The length of a connection's log, noted at each commit.
final class LogSize {
    /// How many pages it may have: 4000, 16 MB, some ten thousand jobs, so that moving it is rare and still quick.
    static let most: Int32 = 4000
    /// By how many pages it grows until what could not be moved, or did not begin again, is tried once more: a quarter.
    private static let more = most / 4
    /// How long the others are kept from writing, or waited for, while the rest is moved: 10 ms.
    private static let patience: UInt64 = 10_000_000

    private let handle: OpaquePointer?
    private var pages: Int32 = 0
    /// From how many pages on it is to be moved.
    private var limit = most
    /// Whether it was moved since it began.
    private var wasMoved = false
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
        guard pages < Self.most else { return }
        limit = Self.most
        wasMoved = false
    }

    /// Notes nothing from now on.
    func stop() { sqlite3_wal_hook(handle, nil, nil) }

    /// Whether it is time to move it.
    var isLong: Bool { pages >= limit }

    /// Moves what it can without waiting for anybody. If the log has not begun again after that, because another process wrote
    /// to it meanwhile, the rest is moved while nobody writes.
    func shorten() {
        let insists = wasMoved
        wasMoved = true
        var (all, moved) = (Int32(0), Int32(0))
        nightjar_thread_waits_until(insists ? DispatchTime.now().uptimeNanoseconds &+ Self.patience : 1)
        defer { nightjar_thread_waits_until(0) }
        let mode = insists ? SQLITE_CHECKPOINT_FULL : SQLITE_CHECKPOINT_PASSIVE
        let code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &all, &moved)
        isFresh = code == SQLITE_OK && all == moved
        limit = isFresh && !insists ? Self.most : pages + Self.more
        pages = 0
    }

    /// Moves all of it into the file, waits for the disk, and empties it. Answers whether that was possible.
    func clear() -> Bool {
        let code = sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        if code == SQLITE_OK { (pages, isFresh) = (0, true) }
        return code == SQLITE_OK
    }
}
