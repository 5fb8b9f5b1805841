// The tables, and how they came to be. One migration per version, in order, each in its transaction.
//
//     nightjar_jobs      one row per job, from enqueue until it is pruned
//     nightjar_specs     how jobs are run, one row for all jobs that are run alike
//     nightjar_queues    names of queues, and which are paused
//     nightjar_failures  what went wrong in each attempt
//     nightjar_workers   who has claimed jobs, and the member of the process's lock file
//     nightjar_schedules how far schedules have come, and which are paused
//     nightjar_meta      the version of all this
//
// A job stays in one row of one table; which indexes it is in follows its state, and each is narrow and partial:
//
//     ready     due jobs in the order they are handed out          later     those that wait for their time
//     leased    running ones                                       ended     finished ones, by age, for the janitor
//     key       unique keys                                        lost      those of jobs that came to share one
//     request   jobs that a request caused
//
// so a claim reads nothing but what it hands out, whatever else the table holds.
//
// Two things are made only where they are wanted, since they cost every job something: the triggers that count waiting
// jobs, once somebody limits how many there may be; and an index of due jobs by their kind, while so many of a kind that
// a worker does not know stand at the head of a queue that passing them over takes time.
//
// Old programs and new tables. A migration that only adds (a table, a nullable column, an index) leaves `oldest` as it
// is, and programs from before go on working: every statement names its columns. One that changes or removes something
// raises `oldest`, and older programs are refused with a sentence.

import GRDB
import NightjarJobs

enum Schema {
    /// One step from a version of the tables to the next.
    struct Migration: Sendable {
        var sql: String
        /// The oldest version whose programs can use the tables afterwards.
        var oldest: Int
    }

    static let migrations = [
        Migration(sql: first, oldest: 1), Migration(sql: schedules, oldest: 1), Migration(sql: keys, oldest: 1),
    ]

    /// Brings the tables up to date. Several processes may do so at once; one does it, the others find it done.
    static func migrate(_ db: Database, path: String, with migrations: [Migration] = migrations) throws {
        let known = migrations.count
        if let found = try version(db), try isUsable(found, known, path) { return }
        try db.inTransaction(.immediate) {
            let found = try version(db)
            if let found, try isUsable(found, known, path) { return .commit }
            for (number, migration) in zip(1..., migrations) where number > found?.number ?? 0 {
                try db.execute(sql: migration.sql)
                try db.execute(
                    sql: "INSERT OR REPLACE INTO nightjar_meta(key, value) VALUES ('version', ?), ('oldest', ?)",
                    arguments: [number, migration.oldest])
            }
            return .commit
        }
    }

    /// Whether a database holds the job tables.
    static func isPresent(_ db: Database) throws -> Bool { try version(db) != nil }

    private static func version(_ db: Database) throws -> (number: Int, oldest: Int)? {
        // Not `db.tableExists`: GRDB remembers the answer, and another process may be the one that makes the tables.
        let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'nightjar_meta'"
        guard try Int.fetchOne(db, sql: sql) != nil else { return nil }
        let rows = try Row.fetchAll(db, sql: "SELECT key, value FROM nightjar_meta WHERE key IN ('version', 'oldest')")
        let values = Dictionary(rows.map { ($0[0] as String, $0[1] as Int) }, uniquingKeysWith: { first, _ in first })
        guard let number = values["version"] else { return nil }
        return (number, values["oldest"] ?? number)
    }

    private static func isUsable(_ found: (number: Int, oldest: Int), _ known: Int, _ path: String) throws -> Bool {
        guard found.number >= known else { return false }
        guard found.oldest <= known else {
            throw SQLiteError.newerVersion(path: path, found: found.number, known: known)
        }
        return true
    }

    private static let first = """
        CREATE TABLE nightjar_meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
        CREATE TABLE nightjar_queues (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            paused INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE nightjar_specs (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            spec TEXT NOT NULL UNIQUE        -- JSON
        );
        CREATE TABLE nightjar_workers (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            member TEXT NOT NULL,            -- whose lock file says whether its process lives
            started_at INTEGER NOT NULL,
            UNIQUE (name, member)
        );
        CREATE TABLE nightjar_jobs (
            seq INTEGER PRIMARY KEY,
            id BLOB NOT NULL,                -- UUID, 16 bytes
            state INTEGER NOT NULL,          -- 0 scheduled 1 retrying 2 pending 3 running 4 completed 5 cancelled 6 failed
            spec INTEGER NOT NULL,
            queue INTEGER NOT NULL,
            rank INTEGER NOT NULL,           -- the priority, negated: smaller first
            due_at INTEGER NOT NULL,         -- this and all times: microseconds since 1970
            created_at INTEGER NOT NULL,
            attempt INTEGER NOT NULL DEFAULT 0,
            crashes INTEGER NOT NULL DEFAULT 0,
            lease INTEGER NOT NULL DEFAULT 0,
            lease_until INTEGER,
            lease_for INTEGER,               -- microseconds
            worker INTEGER,
            cancel INTEGER,                  -- 1: its worker is to cancel it
            started_at INTEGER,
            finished_at INTEGER,
            expires_at INTEGER,
            unique_key BLOB,
            lost_key BLOB,                   -- the unique key, once another job has got it: this one may hold it again
            progress REAL,
            progress_note TEXT,
            parent BLOB,
            request TEXT,                    -- the id of the request that caused it
            extra TEXT,                      -- JSON: what of the spec is this job's alone
            output BLOB,
            payload BLOB NOT NULL,
            context BLOB
        );
        CREATE UNIQUE INDEX nightjar_jobs_id ON nightjar_jobs (id);
        CREATE INDEX nightjar_jobs_ready ON nightjar_jobs (queue, rank, due_at, id, spec) WHERE state = 2;
        CREATE INDEX nightjar_jobs_later ON nightjar_jobs (due_at, queue, state) WHERE state < 2;
        CREATE INDEX nightjar_jobs_leased ON nightjar_jobs (lease_until) WHERE state = 3;
        CREATE INDEX nightjar_jobs_ended ON nightjar_jobs (state, queue, finished_at) WHERE state > 3;
        CREATE UNIQUE INDEX nightjar_jobs_key ON nightjar_jobs (unique_key) WHERE unique_key IS NOT NULL;
        CREATE INDEX nightjar_jobs_lost ON nightjar_jobs (lost_key) WHERE lost_key IS NOT NULL;
        CREATE TABLE nightjar_failures (
            job INTEGER NOT NULL,            -- nightjar_jobs.seq
            number INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            at INTEGER NOT NULL,
            type TEXT NOT NULL,
            message TEXT NOT NULL,
            worker TEXT,
            PRIMARY KEY (job, number)
        ) WITHOUT ROWID;
        """

    private static let schedules = """
        CREATE TABLE nightjar_schedules (
            name TEXT PRIMARY KEY NOT NULL,
            position INTEGER NOT NULL,       -- up to when its firings are settled
            last_firing INTEGER,
            last_job BLOB,
            paused INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID;
        """

    private static let keys = """
        ALTER TABLE nightjar_jobs ADD COLUMN holds INTEGER;  -- a bit for each state in which it holds its unique key
        CREATE INDEX nightjar_jobs_request ON nightjar_jobs (request) WHERE request IS NOT NULL;
        """

    /// Counts waiting jobs from now on, whoever adds and takes them.
    static func countWaiting(_ db: Database) throws {
        let find = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'nightjar_waiting_moved'"
        if try Int.fetchOne(db, sql: find) != nil { return }
        try db.inTransaction(.immediate) {
            try db.execute(sql: counting)
            return .commit
        }
    }

    private static let counting = """
        CREATE TRIGGER IF NOT EXISTS nightjar_waiting_added AFTER INSERT ON nightjar_jobs WHEN NEW.state < 3 BEGIN
            UPDATE nightjar_meta SET value = value + 1 WHERE key = 'waiting';
        END;
        CREATE TRIGGER IF NOT EXISTS nightjar_waiting_deleted AFTER DELETE ON nightjar_jobs WHEN OLD.state < 3 BEGIN
            UPDATE nightjar_meta SET value = value - 1 WHERE key = 'waiting';
        END;
        CREATE TRIGGER IF NOT EXISTS nightjar_waiting_moved AFTER UPDATE OF state ON nightjar_jobs
            WHEN (OLD.state < 3) <> (NEW.state < 3) BEGIN
            UPDATE nightjar_meta SET value = value + (NEW.state < 3) - (OLD.state < 3) WHERE key = 'waiting';
        END;
        INSERT OR REPLACE INTO nightjar_meta(key, value)
            SELECT 'waiting', count(*) FROM nightjar_jobs WHERE state < 3;
        """
}
