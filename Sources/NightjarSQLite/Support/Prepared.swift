// A prepared statement, used without boxing a value: GRDB prepares it and owns it, SQLite's own calls bind, step and read.
//
// GRDB's rows and arguments cost about as much as a small insert itself; this file is what that saves. It is the only one
// that calls SQLite directly, besides the error codes.

import GRDB
import GRDBSQLite
import NightjarJobs

/// A prepared statement of one connection; used only where that connection is.
struct Prepared {
    private let statement: Statement
    private let handle: OpaquePointer
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ db: Database, _ sql: String) throws {
        self.init(try db.makeStatement(sql: sql))
    }

    /// A statement that the connection keeps for the next time.
    init(kept db: Database, _ sql: String) throws {
        self.init(try db.cachedStatement(sql: sql))
    }

    private init(_ statement: Statement) {
        self.statement = statement
        handle = statement.sqliteStatement
    }

    // MARK: - Running

    /// Steps to the next row. Answers whether there is one.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = SQLiteFailure(connection: sqlite3_db_handle(handle))
            sqlite3_reset(handle)
            throw failure
        }
    }

    /// Runs the statement to its end.
    func run() throws {
        while try step() {}
        sqlite3_reset(handle)
    }

    /// Runs the statement to its end. Answers how many rows it changed.
    func changes() throws -> Int {
        try run()
        return Int(sqlite3_changes(sqlite3_db_handle(handle)))
    }

    /// Reads all rows.
    func rows<Value>(_ read: (borrowing Prepared) throws -> Value) throws -> [Value] {
        defer { reset() }
        var values: [Value] = []
        while try step() { values.append(try read(self)) }
        return values
    }

    /// Reads the first row, if there is one.
    func first<Value>(_ read: (borrowing Prepared) throws -> Value) throws -> Value? {
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    func reset() { sqlite3_reset(handle) }

    // MARK: - Binding, from 1

    func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }
    func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(handle, index, Int64(value)) }
    func bind(_ index: Int32, _ value: Timestamp) { sqlite3_bind_int64(handle, index, value.microseconds) }
    func bind(_ index: Int32, _ value: Timestamp?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }
    func bind(_ index: Int32, _ value: Double) { sqlite3_bind_double(handle, index, value) }
    func bindNull(_ index: Int32) { sqlite3_bind_null(handle, index) }

    func bind(_ index: Int32, _ text: String?) {
        guard var text else { return bindNull(index) }
        text.withUTF8 { bytes in
            _ = bytes.withMemoryRebound(to: CChar.self) { characters in
                sqlite3_bind_text64(
                    handle, index, characters.baseAddress, UInt64(characters.count), Self.copied, UInt8(SQLITE_UTF8))
            }
        }
    }

    func bind(_ index: Int32, _ bytes: [UInt8]?) {
        guard let bytes else { return bindNull(index) }
        // A blob of no bytes has no address to give, and would be NULL.
        guard !bytes.isEmpty else { return _ = sqlite3_bind_zeroblob(handle, index, 0) }
        bytes.withUnsafeBytes { raw in
            _ = sqlite3_bind_blob64(handle, index, raw.baseAddress, UInt64(raw.count), Self.copied)
        }
    }

    func bind(_ index: Int32, _ id: JobID) {
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { raw in
            _ = sqlite3_bind_blob(handle, index, raw.baseAddress, 16, Self.copied)
        }
    }

    func bind(_ index: Int32, _ id: JobID?) {
        if let id { bind(index, id) } else { bindNull(index) }
    }

    // MARK: - Reading, from 0

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }
    func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }
    func moment(_ column: Int32) -> Timestamp { Timestamp(microseconds: int64(column)) }
    func momentIfAny(_ column: Int32) -> Timestamp? { isNull(column) ? nil : moment(column) }

    func text(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(handle, column) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8]? {
        guard !isNull(column) else { return nil }
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func idIfAny(_ column: Int32) -> JobID? {
        guard let start = sqlite3_column_blob(handle, column), sqlite3_column_bytes(handle, column) == 16 else {
            return nil
        }
        let high = UInt64(bigEndian: start.loadUnaligned(as: UInt64.self))
        let low = UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return JobID(high: high, low: low)
    }

    /// A job's id, where the schema says that there is one.
    /// - Throws: ``SQLiteFailure`` if the file says otherwise.
    func id(_ column: Int32) throws -> JobID {
        guard let id = idIfAny(column) else { throw SQLiteFailure.corrupt("a job's id is not 16 bytes long") }
        return id
    }
}
