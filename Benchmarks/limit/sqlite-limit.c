// The physical limit of the SQLite backend: its tables, its statements, its pragmas, and nothing else. No Swift, no threads,
// no waking, no JSON. What this program reaches on a disk is what the backend's numbers are divided by.
//
//     cc -O2 -o sqlite-limit sqlite-limit.c -lsqlite3
//     ./sqlite-limit FILE [jobs] [payload bytes] [context bytes]
//
// Prints one line of JSON: jobs per second of wall time, and microseconds of processor time per job (`cpu`), which
// compares better on a machine that is busy with other things. A FILE that the backend has made is used with the tables and
// indexes it has; if there is none, one is made with those below.
//
// Keep the schema and the statements as Sources/NightjarSQLite has them.

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static sqlite3 *db;

static const char *schema =
    "CREATE TABLE nightjar_jobs ("
    " seq INTEGER PRIMARY KEY, id BLOB NOT NULL, state INTEGER NOT NULL, spec INTEGER NOT NULL, queue INTEGER NOT NULL,"
    " rank INTEGER NOT NULL, due_at INTEGER NOT NULL, created_at INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,"
    " crashes INTEGER NOT NULL DEFAULT 0, lease INTEGER NOT NULL DEFAULT 0, lease_until INTEGER, lease_for INTEGER,"
    " worker INTEGER, cancel INTEGER, started_at INTEGER, finished_at INTEGER, expires_at INTEGER, unique_key BLOB,"
    " lost_key BLOB, progress REAL, progress_note TEXT, parent BLOB, request TEXT, extra TEXT, output BLOB,"
    " payload BLOB NOT NULL, context BLOB);"
    "CREATE UNIQUE INDEX nightjar_jobs_id ON nightjar_jobs (id);"
    "CREATE INDEX nightjar_jobs_ready ON nightjar_jobs (queue, rank, due_at, id, spec) WHERE state = 2;"
    "CREATE INDEX nightjar_jobs_later ON nightjar_jobs (due_at, queue, state) WHERE state < 2;"
    "CREATE INDEX nightjar_jobs_leased ON nightjar_jobs (lease_until) WHERE state = 3;"
    "CREATE INDEX nightjar_jobs_ended ON nightjar_jobs (state, queue, finished_at) WHERE state > 3;"
    "CREATE UNIQUE INDEX nightjar_jobs_key ON nightjar_jobs (unique_key) WHERE unique_key IS NOT NULL;"
    "CREATE INDEX nightjar_jobs_lost ON nightjar_jobs (lost_key) WHERE lost_key IS NOT NULL;";

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

static void execute(const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) fail(sql);
    return statement;
}

static void run(sqlite3_stmt *statement) {
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {}
    if (result != SQLITE_DONE) fail(sqlite3_sql(statement));
    sqlite3_reset(statement);
}

static double wall(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double processor(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static const char *separator = "{";
static double wall_start, processor_start;

static void start(void) {
    wall_start = wall();
    processor_start = processor();
}

static void report(const char *name, int jobs) {
    double seconds = wall() - wall_start, busy = processor() - processor_start;
    printf("%s\"%s\":%.0f,\"%s_cpu\":%.2f", separator, name, jobs / seconds, name, busy / jobs * 1e6);
    fflush(stdout);
    separator = ",";
}

static uint64_t random_state = 88172645463325252ull;
static uint64_t counter;
static const int64_t epoch = 1700000000000000;

// A UUID of version 7, as far as an index is concerned: ordered, then random.
static void make_id(unsigned char id[16]) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    uint64_t high = (1700000000000ull << 16) + counter++, low = random_state;
    for (int i = 0; i < 8; i++) {
        id[i] = (unsigned char)(high >> (56 - 8 * i));
        id[8 + i] = (unsigned char)(low >> (56 - 8 * i));
    }
}

static sqlite3_stmt *begin, *commit, *insert, *fall_due, *queues, *next, *load, *claim, *complete;
static unsigned char *payload, *context;
static int payload_size, context_size;

static void insert_one(void) {
    unsigned char id[16];
    make_id(id);
    sqlite3_bind_blob(insert, 1, id, 16, SQLITE_TRANSIENT);
    sqlite3_bind_int64(insert, 2, 2);
    sqlite3_bind_int64(insert, 3, 1);
    sqlite3_bind_int64(insert, 4, 1);
    sqlite3_bind_int64(insert, 5, 0);
    sqlite3_bind_int64(insert, 6, epoch + (int64_t)counter);
    sqlite3_bind_int64(insert, 7, epoch + (int64_t)counter);
    sqlite3_bind_blob(insert, 12, payload, payload_size, SQLITE_TRANSIENT);
    if (context_size > 0) sqlite3_bind_blob(insert, 13, context, context_size, SQLITE_TRANSIENT);
    run(insert);
}

static void insert_many(int jobs, int batch) {
    for (int done = 0; done < jobs; done += batch) {
        run(begin);
        for (int i = 0; i < batch; i++) insert_one();
        run(commit);
    }
}

static void claim_and_complete(int jobs, int batch) {
    int64_t *numbers = malloc(sizeof(*numbers) * (size_t)batch);
    unsigned char (*ids)[16] = malloc(16 * (size_t)batch);
    for (int done = 0; done < jobs;) {
        int64_t now = epoch + 100000000000 + done;
        int count = 0;
        run(begin);
        sqlite3_bind_int64(fall_due, 1, now);
        sqlite3_bind_int64(fall_due, 2, 10000);
        run(fall_due);
        run(queues);
        sqlite3_bind_int64(next, 1, 1);
        while (count < batch && sqlite3_step(next) == SQLITE_ROW) numbers[count++] = sqlite3_column_int64(next, 0);
        sqlite3_reset(next);
        for (int i = 0; i < count; i++) {
            sqlite3_bind_int64(load, 1, numbers[i]);
            if (sqlite3_step(load) != SQLITE_ROW) fail("load");
            memcpy(ids[i], sqlite3_column_blob(load, 0), 16);
            for (int column = 1; column <= 7; column++) sqlite3_column_int64(load, column);
            for (int column = 8; column <= 9; column++) {
                size_t size = (size_t)sqlite3_column_bytes(load, column);
                void *copy = malloc(size + 1);
                if (size > 0) memcpy(copy, sqlite3_column_blob(load, column), size);
                free(copy);
            }
            sqlite3_reset(load);
            sqlite3_bind_int64(claim, 1, numbers[i]);
            sqlite3_bind_int64(claim, 2, now + 30000000);
            sqlite3_bind_int64(claim, 3, 30000000);
            sqlite3_bind_int64(claim, 4, 1);
            sqlite3_bind_int64(claim, 5, now);
            run(claim);
        }
        run(commit);
        if (count == 0) break;
        run(begin);
        for (int i = 0; i < count; i++) {
            sqlite3_bind_blob(complete, 1, ids[i], 16, SQLITE_TRANSIENT);
            sqlite3_bind_int64(complete, 2, 1);
            sqlite3_bind_int64(complete, 3, now + 1000);
            sqlite3_bind_blob(complete, 4, "null", 4, SQLITE_TRANSIENT);
            run(complete);
            if (sqlite3_changes(db) != 1) fail("complete");
        }
        run(commit);
        done += count;
    }
    free(numbers);
    free(ids);
}

static int has_tables(void) {
    sqlite3_stmt *find = prepare("SELECT 1 FROM sqlite_master WHERE name = 'nightjar_jobs'");
    int found = sqlite3_step(find) == SQLITE_ROW;
    sqlite3_finalize(find);
    return found;
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: %s FILE [jobs] [payload bytes] [context bytes]\n", arguments[0]);
        return 2;
    }
    int jobs = count > 2 ? atoi(arguments[2]) : 200000;
    payload_size = count > 3 ? atoi(arguments[3]) : 24;
    context_size = count > 4 ? atoi(arguments[4]) : 0;
    payload = calloc(1, (size_t)payload_size + 1);
    context = calloc(1, (size_t)context_size + 1);
    if (sqlite3_open(arguments[1], &db) != SQLITE_OK) fail(arguments[1]);
    execute("PRAGMA auto_vacuum = INCREMENTAL");
    execute("PRAGMA cache_size = -7812");
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = NORMAL");
    execute("PRAGMA wal_autocheckpoint = 4000");
    execute("PRAGMA journal_size_limit = 67108864");
    if (!has_tables()) {
        execute(schema);
        execute("CREATE TABLE nightjar_queues (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
                " paused INTEGER NOT NULL DEFAULT 0)");
    }
    execute("INSERT INTO nightjar_queues(id, name) VALUES (1, 'default')");

    begin = prepare("BEGIN IMMEDIATE");
    commit = prepare("COMMIT");
    insert = prepare(
        "INSERT INTO nightjar_jobs(id, state, spec, queue, rank, due_at, created_at, expires_at, unique_key, parent, extra,"
        " payload, context, request) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    fall_due = prepare(
        "UPDATE nightjar_jobs SET state = 2 WHERE seq IN ("
        " SELECT seq FROM nightjar_jobs WHERE state < 2 AND due_at <= ?1 ORDER BY due_at LIMIT ?2)");
    queues = prepare("SELECT id, name, paused FROM nightjar_queues");
    next = prepare(
        "SELECT seq, rank, due_at, id, spec FROM nightjar_jobs WHERE state = 2 AND queue = ?1 ORDER BY rank, due_at, id");
    load = prepare(
        "SELECT id, spec, attempt, crashes, lease, created_at, expires_at, extra, payload, context"
        " FROM nightjar_jobs WHERE seq = ?1");
    claim = prepare(
        "UPDATE nightjar_jobs SET state = 3, attempt = attempt + 1, lease = lease + 1, lease_until = ?2, lease_for = ?3,"
        " worker = ?4, cancel = NULL, started_at = ?5, progress = NULL, progress_note = NULL WHERE seq = ?1");
    complete = prepare(
        "UPDATE nightjar_jobs SET state = 4, finished_at = ?3, output = ?4 WHERE id = ?1 AND state = 3 AND lease = ?2");

    start();
    insert_many(jobs, 1000);
    report("insert_1000", jobs);
    start();
    insert_many(jobs / 10, 1);
    report("insert_1", jobs / 10);
    start();
    insert_many(jobs / 4, 64);
    report("insert_64", jobs / 4);
    start();
    claim_and_complete(jobs / 20, 1);
    report("claim_complete_1", jobs / 20);
    start();
    claim_and_complete(jobs / 4, 10);
    report("claim_complete_10", jobs / 4);
    start();
    claim_and_complete(jobs / 4, 100);
    report("claim_complete_100", jobs / 4);
    start();
    claim_and_complete(jobs / 4, 1000);
    report("claim_complete_1000", jobs / 4);
    printf("}\n");
    sqlite3_close(db);
    return 0;
}
