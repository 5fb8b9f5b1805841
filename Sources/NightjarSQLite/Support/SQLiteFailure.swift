// What SQLite said went wrong, and the sentence a user gets for it.

import GRDB
import GRDBSQLite

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Why the job database did not do what it was asked. Nothing of it was stored then.
public enum SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process held the database for longer than the options allow to wait.
    case locked(path: String)
    /// The file, or the folder it is in, cannot be written.
    case readOnly(path: String)
    /// The disk is full, or the file may not grow.
    case full(path: String)
    /// The file is damaged, or is no SQLite database.
    case corrupt(path: String, detail: String)
    /// The file cannot be opened or made.
    case cannotOpen(path: String, detail: String)
    /// A later release of Nightjar changed the tables in a way that this one cannot handle.
    case newerVersion(path: String, found: Int, known: Int)
    /// A transaction's database does not hold the job tables.
    case noJobTables(path: String)
    /// The backend was not opened, or is closed.
    case closed(path: String)
    /// Anything else.
    case failed(path: String, code: Int, detail: String)

    /// A sentence that says what was wrong and what to do.
    public var description: String {
        switch self {
        case .locked(let path):
            "The job database \(path) is locked by another process. Look for a program that keeps a transaction open."
        case .readOnly(let path):
            "The job database \(path) cannot be written. Give this user write access to the file and its folder."
        case .full(let path):
            "The job database \(path) cannot grow: the disk is full or a limit is reached. Free some space."
        case .corrupt(let path, let detail):
            "The job database \(path) is damaged or not a SQLite database (\(detail)). Move it away or restore a backup."
        case .cannotOpen(let path, let detail): "The job database \(path) cannot be opened: \(detail)."
        case .newerVersion(let path, let found, let known):
            "The job database \(path) was written by a newer release (tables of version \(found), this program knows "
                + "\(known)). Update this program, or give it a database of its own."
        case .noJobTables(let path):
            "The database \(path) holds no job tables, so no job can be part of its transaction. Point DATABASE_URL at this "
                + "file, or use `background` once the transaction has committed."
        case .closed(let path): "The job database \(path) is not open."
        case .failed(let path, let code, let detail):
            "The job database \(path) failed: \(detail) (SQLite code \(code))."
        }
    }
}

/// What SQLite said went wrong.
struct SQLiteFailure: Error {
    /// The extended result code.
    let code: Int32
    let message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    init(connection: OpaquePointer?) {
        self.init(
            code: sqlite3_extended_errcode(connection),
            message: sqlite3_errmsg(connection).map { String(cString: $0) } ?? "no reason is known")
    }

    static func corrupt(_ message: String) -> Self { Self(code: SQLITE_CORRUPT, message: message) }

    /// The failure as the user of a database file reads it.
    func sentence(_ path: String) -> SQLiteError {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .locked(path: path)
        case SQLITE_READONLY, SQLITE_PERM: .readOnly(path: path)
        case SQLITE_FULL: .full(path: path)
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt(path: path, detail: message)
        case SQLITE_CANTOPEN: .cannotOpen(path: path, detail: message)
        default: .failed(path: path, code: Int(code), detail: message)
        }
    }
}

/// Any error as the user of a database file reads it; what is no error of SQLite's stays as it is.
func sentence(_ error: any Error, _ path: String) -> any Error {
    switch error {
    case let failure as SQLiteFailure: failure.sentence(path)
    case let error as DatabaseError:
        SQLiteFailure(code: error.extendedResultCode.rawValue, message: error.message ?? "no reason is known").sentence(
            path)
    default: error
    }
}

extension SQLiteFailure {
    /// What the system said about a file beside the database.
    static func system(_ error: Int32, _ path: String) -> Self {
        let code =
            switch error {
            case EACCES, EPERM, EROFS: SQLITE_READONLY
            case ENOSPC, EDQUOT: SQLITE_FULL
            default: SQLITE_CANTOPEN
            }
        return Self(code: code, message: "\(path): \(String(cString: strerror(error)))")
    }
}
