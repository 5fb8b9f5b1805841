// Other processes that write to the database, and when it is a worker's turn again.
//
// A worker that is told of each new job at once would claim them one by one, and each of its transactions would hold up
// those who enqueue, who are somebody's pages. So where others write all the time, a worker leaves the database to them for
// twice as long as it has just had it. More comes together meanwhile, so its transactions are longer and fewer:
//
//     page     ▪ ▪ ▪ ▪     ▪ ▪ ▪ ▪ ▪ ▪     ▪ ▪ ▪ ▪
//     worker           ▪▪▪             ▪▪▪▪
//
// Pure: a value that is told what was found and when. Times are nanoseconds of the uptime.

import GRDB
import GRDBSQLite

/// What is known of others that write to the same database.
struct Neighbours: Sendable {
    /// How long a worker steps back at the most, however long its transaction was: 1 ms.
    static let mostRest: UInt64 = 1_000_000
    /// How close to one another its transactions are that count: 5 ms.
    private static let gap: UInt64 = 5_000_000

    private var streak = Streak(gap: gap)
    /// What a change by somebody else would have made different.
    private var mark: UInt32
    private var start: UInt64 = 0
    private var end: UInt64 = 0

    /// - Parameter mark: See ``GRDB/Database/changeMark``.
    init(mark: UInt32) { self.mark = mark }

    /// A transaction has begun.
    mutating func began(at now: UInt64, mark: UInt32) {
        streak.note(at: now, counts: mark != self.mark)
        start = now
    }

    /// It has ended.
    mutating func ended(at now: UInt64, mark: UInt32) {
        self.mark = mark
        end = now
    }

    /// When it is a worker's turn again; `nil` if it need not wait for it.
    /// - Parameter disk: How long the disk is busy with what the transaction wrote, which others wait for, too.
    func turn(at now: UInt64, disk: UInt64 = 0) -> UInt64? {
        guard streak.isLong else { return nil }
        let turn = end &+ min(2 &* (end &- start &+ disk), Self.mostRest)
        return now < turn ? turn : nil
    }
}

/// Things that follow closely upon one another.
struct Streak: Sendable {
    /// From how many on it is long: 4, so that nobody steps back for a job alone, of which there are three things to be told.
    static let many = 4

    private let gap: UInt64
    private var count = 0
    private var last: UInt64 = 0

    /// - Parameter gap: How long after one of them the next follows at the latest.
    init(gap: UInt64) { self.gap = gap }

    /// Something happened.
    /// - Parameter counts: Whether it is one of those that are counted; if not, it breaks the streak.
    mutating func note(at now: UInt64, counts: Bool = true) {
        count = counts ? (now &- last < gap ? count + 1 : 1) : 0
        last = now
    }

    var isLong: Bool { count >= Self.many }
}

extension Database {
    /// Differs, within a transaction, from what it was at the end of the last one if somebody else has written in between.
    var changeMark: UInt32 {
        var mark: UInt32 = 0
        sqlite3_file_control(sqliteConnection, "main", SQLITE_FCNTL_DATA_VERSION, &mark)
        return mark
    }
}
