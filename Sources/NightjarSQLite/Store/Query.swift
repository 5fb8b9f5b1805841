// Every statement that the writer runs, in one place to be read beside the schema. Each is prepared once.
//
// The conditions of partial indexes are spelled out as the schema spells them; SQLite uses the index only then.

enum Query: Int, CaseIterable {
    case begin, commit, rollback
    case findSpec, loadSpec, addSpec, countSpecs, findQueue, addQueue, queues, findWorker, addWorker
    case waiting, insert, insertUnique, findKey, dropKey, replace
    case fallDue, nextReady, nextKind, nextOfKind, load, claim
    case complete, end, wait, note, forgetNotes
    case findLease, renew, renewWithProgress
    case running, loseAttempt
    case find, askToCancel, revive, findKeyless, keepKey, deleteNotes, delete, setPaused, oldest, forgetWorker
    case findSchedule, moveSchedule, setSchedulePaused

    var sql: String {
        switch self {
        case .begin: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"

        case .findSpec: "SELECT id FROM nightjar_specs WHERE spec = ?1"
        case .loadSpec: "SELECT spec, name FROM nightjar_specs WHERE id = ?1"
        case .addSpec: "INSERT INTO nightjar_specs(name, spec) VALUES (?1, ?2) RETURNING id"
        case .countSpecs: "SELECT count(*) FROM nightjar_specs"
        case .findQueue: "SELECT id FROM nightjar_queues WHERE name = ?1"
        case .addQueue: "INSERT INTO nightjar_queues(name) VALUES (?1) RETURNING id"
        case .queues: "SELECT id, name, paused FROM nightjar_queues"
        case .findWorker: "SELECT id FROM nightjar_workers WHERE name = ?1 AND member = ?2"
        case .addWorker: "INSERT INTO nightjar_workers(name, member, started_at) VALUES (?1, ?2, ?3) RETURNING id"

        case .waiting: "SELECT value FROM nightjar_meta WHERE key = 'waiting'"
        case .insert: Self.insertion
        case .insertUnique: Self.insertion + " ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING"
        case .findKey:
            """
            SELECT seq, id, state, due_at, created_at, extra, spec FROM nightjar_jobs WHERE unique_key = ?1
            UNION ALL
            SELECT seq, id, state, due_at, created_at, extra, spec FROM nightjar_jobs WHERE lost_key = ?1
            """
        case .dropKey:
            // What has ended holds its key again only if it is brought back, and is given it again then.
            """
            UPDATE nightjar_jobs SET unique_key = NULL, lost_key = CASE WHEN state < 4 THEN ?1 END WHERE unique_key = ?1
            """
        case .replace:
            """
            UPDATE nightjar_jobs SET state = ?2, spec = ?3, queue = ?4, rank = ?5, due_at = ?6, expires_at = ?7, attempt = 0,
                parent = ?8, extra = ?9, payload = ?10, context = ?11, request = ?12, created_at = ?13, holds = ?14,
                crashes = 0, progress = NULL, progress_note = NULL, started_at = NULL, worker = NULL WHERE seq = ?1
            """

        case .fallDue:
            """
            UPDATE nightjar_jobs SET state = 2 WHERE seq IN (
                SELECT seq FROM nightjar_jobs WHERE state < 2 AND due_at <= ?1 ORDER BY due_at LIMIT ?2)
            """
        case .nextReady:
            """
            SELECT seq, rank, due_at, id, spec FROM nightjar_jobs WHERE state = 2 AND queue = ?1
            ORDER BY rank, due_at, id
            """
        // These two read the index of due jobs by kind, where there is one.
        case .nextKind:
            "SELECT spec FROM nightjar_jobs WHERE state = 2 AND queue = ?1 AND spec > ?2 ORDER BY spec LIMIT 1"
        case .nextOfKind:
            """
            SELECT seq, rank, due_at, id FROM nightjar_jobs WHERE state = 2 AND queue = ?1 AND spec = ?2
            ORDER BY rank, due_at, id LIMIT ?3
            """
        case .load:
            """
            SELECT id, spec, attempt, crashes, lease, created_at, expires_at, extra, payload, context
            FROM nightjar_jobs WHERE seq = ?1
            """
        case .claim:
            """
            UPDATE nightjar_jobs SET state = 3, attempt = attempt + 1, lease = lease + 1, lease_until = ?2, lease_for = ?3,
                worker = ?4, cancel = NULL, started_at = ?5, progress = NULL, progress_note = NULL WHERE seq = ?1
            """

        case .complete:
            """
            UPDATE nightjar_jobs SET state = 4, finished_at = ?3, output = ?4,
                lost_key = CASE WHEN holds & 16 THEN lost_key END WHERE id = ?1 AND state = 3 AND lease = ?2
            """
        case .end:
            """
            UPDATE nightjar_jobs SET state = ?2, finished_at = ?3, lost_key = CASE WHEN holds & (1 << ?2) THEN lost_key END
            WHERE seq = ?1
            """
        case .wait: "UPDATE nightjar_jobs SET state = ?2, due_at = ?3, attempt = attempt - ?4 WHERE seq = ?1"
        case .note:
            """
            INSERT INTO nightjar_failures(job, number, attempt, at, type, message, worker) VALUES (
                ?1, (SELECT coalesce(max(number), 0) + 1 FROM nightjar_failures WHERE job = ?1), ?2, ?3, ?4, ?5, ?6)
            """
        case .forgetNotes:
            """
            DELETE FROM nightjar_failures WHERE job = ?1
                AND number <= (SELECT max(number) FROM nightjar_failures WHERE job = ?1) - ?2
            """

        case .findLease: "SELECT seq, cancel, due_at FROM nightjar_jobs WHERE id = ?1 AND state = 3 AND lease = ?2"
        case .renew: "UPDATE nightjar_jobs SET lease_until = ?2, lease_for = ?3 WHERE seq = ?1"
        case .renewWithProgress:
            """
            UPDATE nightjar_jobs SET lease_until = ?2, lease_for = ?3, progress = ?4, progress_note = ?5 WHERE seq = ?1
            """

        case .running:
            """
            SELECT j.seq, j.id, j.attempt, j.crashes, j.cancel, j.due_at, w.name, w.member, j.lease_until, j.lease_for
            FROM nightjar_jobs AS j LEFT JOIN nightjar_workers AS w ON w.id = j.worker WHERE j.state = 3 ORDER BY j.id
            """
        case .loseAttempt: "UPDATE nightjar_jobs SET attempt = attempt - 1, crashes = crashes + 1 WHERE seq = ?1"

        case .find: "SELECT seq, state, due_at FROM nightjar_jobs WHERE id = ?1"
        case .askToCancel: "UPDATE nightjar_jobs SET cancel = 1 WHERE seq = ?1"
        case .revive:
            """
            UPDATE nightjar_jobs SET state = ?2, due_at = ?3, attempt = 0, crashes = 0, finished_at = NULL WHERE seq = ?1
            """
        case .findKeyless:
            """
            SELECT spec, extra FROM nightjar_jobs WHERE seq = ?1 AND unique_key IS NULL AND lost_key IS NULL
                AND extra IS NOT NULL
            """
        case .keepKey: "UPDATE nightjar_jobs SET lost_key = ?2 WHERE seq = ?1"
        case .deleteNotes: "DELETE FROM nightjar_failures WHERE job = ?1"
        case .delete: "DELETE FROM nightjar_jobs WHERE seq = ?1"
        case .setPaused:
            """
            INSERT INTO nightjar_queues(name, paused) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET paused = excluded.paused
            """
        case .oldest:
            """
            SELECT seq, id FROM nightjar_jobs WHERE state > 3 AND state = ?1 AND queue = ?2 AND finished_at < ?3
            ORDER BY finished_at LIMIT ?4
            """
        case .forgetWorker:
            """
            DELETE FROM nightjar_workers WHERE name = ?1 AND member = ?2
                AND id NOT IN (SELECT worker FROM nightjar_jobs WHERE state = 3)
            """

        case .findSchedule: "SELECT position, paused FROM nightjar_schedules WHERE name = ?1"
        case .moveSchedule:
            """
            INSERT INTO nightjar_schedules(name, position, last_firing, last_job) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (name) DO UPDATE SET position = excluded.position,
                last_firing = coalesce(excluded.last_firing, last_firing), last_job = coalesce(excluded.last_job, last_job)
            """
        case .setSchedulePaused:
            """
            INSERT INTO nightjar_schedules(name, position, paused) VALUES (?1, ?3, ?2)
            ON CONFLICT (name) DO UPDATE SET paused = excluded.paused,
                position = CASE WHEN paused > excluded.paused THEN max(position, excluded.position) ELSE position END
            """
        }
    }

    /// What an insert names, in the order it is bound.
    static let insertion = """
        INSERT INTO nightjar_jobs(id, state, spec, queue, rank, due_at, created_at, expires_at, unique_key, parent, extra,
            payload, context, request, holds) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        """
}
