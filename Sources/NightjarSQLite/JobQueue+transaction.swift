// A job as part of the app's own transaction: it exists exactly if the transaction commits.
//
//     same file   DATABASE_URL names the app's database; the job tables are in it. Use `enqueue(_:in:)`.
//     own file    jobs are in a file of their own. No transaction spans two files, so `enqueue(_:in:)` refuses; call
//                 `background` once the transaction has committed.

public import Foundation
public import GRDB
public import NightjarJobs

extension JobQueue {
    /// Accepts a job as part of a transaction on the app's database.
    ///
    /// ```swift
    /// try await database.write { db in
    ///     try order.insert(db)
    ///     try queue.enqueue(SendReceipt(orderID: order.id), in: db)
    /// }
    /// ```
    /// The job exists exactly if the transaction commits, and workers hear of it then. Outside a transaction it is one by
    /// itself. `database` must be the file that the queue's ``SQLiteBackend`` keeps its jobs in.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - db: The connection whose transaction the job is part of.
    ///   - delay: How long to wait before the first attempt; the type's own default if left out.
    ///   - date: When to run instead; at once if it has passed.
    ///   - options: What is different from the type's options for this one job.
    /// - Returns: A future for what the job returns. Awaiting it before the transaction commits finds no job.
    /// - Throws: ``NightjarJobs/QueueError`` if the job was not accepted; ``SQLiteError/noJobTables(path:)`` if the jobs are
    ///   kept in another file.
    @discardableResult
    public func enqueue<J: Job>(
        _ job: J, in db: Database, delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) throws -> JobFuture<J.Output> {
        let backend = try transactionalBackend(for: J.name)
        let new = try prepare(job, delay: delay, at: date, options: options)
        let answers = try insert([new], in: db, of: backend)
        return future(of: J.self, id: new.id, answers.first)
    }

    /// Accepts many jobs of one type as part of a transaction on the app's database: all of them or none, and none unless it
    /// commits.
    ///
    /// - Returns: Their futures, in the same order.
    /// - Throws: What the same call with one job throws.
    @discardableResult
    public func enqueue<J: Job>(
        _ jobs: [J], in db: Database, delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil
    ) throws -> [JobFuture<J.Output>] {
        let backend = try transactionalBackend(for: J.name)
        let new = try jobs.map { try prepare($0, delay: delay, at: date, options: options) }
        guard !new.isEmpty else { return [] }
        return zip(new, try insert(new, in: db, of: backend)).map { future(of: J.self, id: $0.id, $1) }
    }

    /// Listeners hear of the jobs once they exist.
    private func insert(_ new: [NewJob], in db: Database, of backend: SQLiteBackend) throws -> [Insertion] {
        let release = holdEvents(of: new)
        return try backend.insert(new, in: db) { [weak self] answers in
            if let answers { self?.announce(new, answers) }
            release()
        }
    }

    private func transactionalBackend(for name: String) throws -> SQLiteBackend {
        guard let backend = backend as? SQLiteBackend else {
            throw QueueError.invalid(
                "\(name) was not accepted: jobs are not kept in a database file (QUEUE_BACKEND=database), so none can be "
                    + "part of a transaction. Use `background`.")
        }
        return backend
    }
}

extension SQLiteBackend {
    /// Stores new jobs as part of a transaction on the same file: all of them or none.
    /// - Throws: ``SQLiteError/noJobTables(path:)`` if the file does not hold this backend's jobs.
    public func insert(_ jobs: [NewJob], in db: Database) throws -> [Insertion] { try insert(jobs, in: db) { _ in } }

    /// The same.
    /// - Parameter ended: Called once the jobs exist, with what became of each, or with nil once they never will.
    func insert(
        _ jobs: [NewJob], in db: Database, ended: @escaping @Sendable ([Insertion]?) -> Void
    ) throws -> [Insertion] {
        var isPending = false
        defer { if !isPending { ended(nil) } }
        guard try isOwnFile(db) else { throw SQLiteError.noJobTables(path: try Self.file(of: db) ?? "in memory") }
        // A catalog of its own: what this transaction adds to the small tables is not there if it is rolled back.
        let session = Session(db, catalog: Catalog(), limit: options.limit)
        session.now = clock.now
        var answers: [Insertion] = []
        do {
            try db.inSavepoint {
                answers = try session.insert(jobs)
                let (news, answers) = (session.news, answers)
                isPending = true
                db.afterNextTransaction { [weak self] _ in
                    self?.tellEverybody(news)
                    ended(answers)
                } onRollback: { _ in
                    ended(nil)
                }
                return .commit
            }
        } catch { throw sentence(error, path) }
        return answers
    }

    private func isOwnFile(_ db: Database) throws -> Bool {
        guard let file = try Self.file(of: db) else { return false }
        let same =
            URL(fileURLWithPath: file).resolvingSymlinksInPath() == URL(fileURLWithPath: path).resolvingSymlinksInPath()
        return try same && Schema.isPresent(db)
    }

    private static func file(of db: Database) throws -> String? {
        let row = try Row.fetchOne(db, sql: "SELECT file FROM pragma_database_list WHERE name = 'main'")
        guard let file = row?[0] as String?, !file.isEmpty else { return nil }
        return file
    }
}
