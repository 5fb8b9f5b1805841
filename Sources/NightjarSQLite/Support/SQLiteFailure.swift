// What SQLite said went wrong, and the sentence a user gets for it.

import GRDB
import GRDBSQLite
public import NightjarJobs

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Why the job database did not do what it was asked. Nothing of it was stored then, but for ``notOnDisk(path:)``.
public enum SQLiteError: StoreError, Sendable, Equatable, CustomStringConvertible {
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
    /// What was asked is done, but the disk did not confirm it: a power cut may undo it.
    case notOnDisk(path: String)
    /// The backend was not opened, or is closed.
    case closed(path: String)
    /// Anything else.
    case failed(path: String, code: Int, detail: String)

    /// Whether it may be over soon: not if the file is damaged, or of a release that this one does not understand.
    public var mayPass: Bool {
        switch self {
        case .locked, .readOnly, .full, .cannotOpen, .notOnDisk, .closed: true
        // What is wrong with the statement or with a value is wrong the next time, too.
        case .failed(_, let code, _):
            ![SQLITE_ERROR, SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_MISUSE, SQLITE_RANGE]
                .contains(Int32(truncatingIfNeeded: code & 0xFF))
        case .corrupt, .newerVersion, .noJobTables: false
        }
    }

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
        case .notOnDisk(let path):
            "The disk did not confirm what was written to the job database \(path): it is there, but may be gone after a power "
                + "cut. Look at what the system says about the disk."
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
    /// What the system said, if SQLite asked it for something in vain.
    let reason: Int32

    init(code: Int32, message: String, reason: Int32 = 0) {
        self.code = code
        self.message = message
        self.reason = reason
    }

    init(connection: OpaquePointer?) {
        self.init(
            code: sqlite3_extended_errcode(connection),
            message: sqlite3_errmsg(connection).map { String(cString: $0) } ?? "no reason is known",
            reason: sqlite3_system_errno(connection))
    }

    /// Whether the database or its log is as large as a file of this process may be: SQLite does not always keep the reason.
    private func isAtSizeLimit(_ path: String) -> Bool {
        var limit = rlimit()
        #if canImport(Darwin)
            let resource = RLIMIT_FSIZE
        #else
            let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
        #endif
        guard getrlimit(resource, &limit) == 0, let most = Int64(exactly: limit.rlim_cur) else { return false }
        return ["", "-wal", "-shm", "-journal"].contains { suffix in
            var found = stat()
            return stat(path + suffix, &found) == 0 && Int64(found.st_size) > most - 65_536
        }
    }

    static func corrupt(_ message: String) -> Self { Self(code: SQLITE_CORRUPT, message: message) }

    /// The failure as the user of a database file reads it.
    func sentence(_ path: String) -> SQLiteError {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .locked(path: path)
        case SQLITE_READONLY, SQLITE_PERM: .readOnly(path: path)
        case SQLITE_FULL: .full(path: path)
        // A limit on the size of files, and a disk with no room for the file that processes share, come as failed writes.
        case SQLITE_IOERR where [EFBIG, ENOSPC, EDQUOT].contains(reason) || isAtSizeLimit(path): .full(path: path)
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
            case ENOSPC, EDQUOT, EFBIG: SQLITE_FULL
            default: SQLITE_CANTOPEN
            }
        return Self(code: code, message: "\(path): \(String(cString: strerror(error)))")
    }
}
