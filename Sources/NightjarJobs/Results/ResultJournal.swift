// The file of a FileResultStore: where each line is, and how lines come and go. Used by one thread at a time.

import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

struct ResultJournal {
    private struct Line {
        var start: Int
        var length: Int
        var at: Timestamp
    }

    private let path: String
    private let waitsForDisk: Bool
    private let lock: Int32
    private var file: Int32 = -1
    private var lines: [JobResult.Attempt: Line] = [:]
    /// How far the file has been read: always the end of a line.
    private var known = 0

    init(path: String, waitsForDisk: Bool) throws {
        self.path = path
        self.waitsForDisk = waitsForDisk
        lock = try Self.open(path + ".lock")
        do { try locked { _ in } } catch {
            close()
            throw error
        }
    }

    func close() {
        if file >= 0 { systemClose(file) }
        systemClose(lock)
    }

    var count: Int { lines.count }

    /// Does something while no other process does anything, knowing all that others did.
    mutating func locked<Answer>(_ body: (inout ResultJournal) throws -> Answer) throws -> Answer {
        while flock(lock, LOCK_EX) != 0 { guard errno == EINTR else { throw failure("cannot be locked") } }
        defer { flock(lock, LOCK_UN) }
        try catchUp()
        return try body(&self)
    }

    // MARK: - Steps

    mutating func append(_ results: [JobResult]) throws {
        var bytes: [UInt8] = []
        var added: [(JobResult.Attempt, Line)] = []
        for result in results {
            let line = try ResultLine.encode(result)
            added.append((result.attempt, Line(start: known + bytes.count, length: line.count, at: result.at)))
            bytes += line
        }
        do { try write(bytes, to: file, at: known) } catch {
            // Half a batch must not be taken for a whole one.
            ftruncate(file, off_t(known))
            throw error
        }
        known += bytes.count
        for (attempt, line) in added { lines[attempt] = line }
    }

    func read(_ attempt: JobResult.Attempt) throws -> JobResult? {
        guard let line = lines[attempt] else { return nil }
        return ResultLine.decode(try bytes(line.start, line.length))
    }

    func latest(limit: Int, offset: Int) throws -> [JobResult] {
        let ordered = lines.sorted { ($0.value.at, $0.value.start) > ($1.value.at, $1.value.start) }
        return try ordered.dropFirst(max(0, offset)).prefix(max(0, limit)).compactMap { try read($0.key) }
    }

    /// Removes lines, if there are so many to remove, by writing the others to a new file. Answers how many.
    mutating func remove(atLeast least: Int, where isGone: (JobResult.Attempt, Timestamp) -> Bool) throws -> Int {
        let gone = lines.filter { isGone($0.key, $0.value.at) }
        guard !gone.isEmpty, gone.count >= least else { return 0 }
        let kept = lines.filter { gone[$0.key] == nil }.sorted { $0.value.start < $1.value.start }
        let fresh = path + ".new"
        unlink(fresh)
        let new = try Self.open(fresh)
        do {
            var end = 0
            for (_, line) in kept {
                let bytes = try bytes(line.start, line.length)
                try write(bytes, to: new, at: end, waits: false)
                end += bytes.count
            }
            guard fsync(new) == 0, rename(fresh, path) == 0 else { throw failure("cannot be written anew") }
        } catch {
            systemClose(new)
            unlink(fresh)
            throw error
        }
        systemClose(new)
        try catchUp()
        return gone.count
    }

    // MARK: - The file

    /// Reads what has been added; all of it if the file is another one.
    private mutating func catchUp() throws {
        var named = stat()
        var own = stat()
        let isThere = stat(path, &named) == 0
        if !isThere || file < 0 || fstat(file, &own) != 0 || own.st_ino != named.st_ino || own.st_dev != named.st_dev {
            if file >= 0 { systemClose(file) }
            file = -1
            file = try Self.open(path)
            guard fstat(file, &own) == 0 else { throw failure("cannot be read") }
            (lines, known) = ([:], 0)
        }
        let size = Int(own.st_size)
        guard size > known else { return }
        let new = try bytes(known, size - known)
        var start = 0
        while let end = new[start...].firstIndex(of: 10) {
            // A line that is no result is left alone: somebody may have written a note.
            if let result = ResultLine.decode(Array(new[start..<end])) {
                lines[result.attempt] = Line(start: known + start, length: end - start + 1, at: result.at)
            }
            start = end + 1
        }
        known += start
        // What follows the last line feed is what a crash left of a line: nobody else is writing now.
        if start < new.count { ftruncate(file, off_t(known)) }
    }

    private func bytes(_ start: Int, _ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(file, buffer.baseAddress.map { $0 + done }, count - done, off_t(start + done))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw failure("cannot be read") }
            done += got
        }
        return bytes
    }

    private func write(_ bytes: [UInt8], to file: Int32, at start: Int, waits: Bool = true) throws {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                pwrite(file, buffer.baseAddress.map { $0 + done }, bytes.count - done, off_t(start + done))
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw failure("cannot be written") }
            done += put
        }
        if waits, waitsForDisk, fsync(file) != 0 { throw failure("cannot be written") }
    }

    private static func open(_ path: String) throws -> Int32 {
        let file = systemOpen(path)
        guard file < 0 else { return file }
        throw ResultFileError(path: path, what: "cannot be opened: \(String(cString: strerror(errno)))")
    }

    private func failure(_ what: String) -> ResultFileError {
        ResultFileError(path: path, what: "\(what): \(String(cString: strerror(errno)))")
    }
}

/// What is wrong with a file of results.
public struct ResultFileError: Error, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    let what: String

    /// The file and what is wrong with it.
    public var description: String { "The results file \(path) \(what)." }
}

private func systemClose(_ file: Int32) { _ = close(file) }

private func systemOpen(_ path: String) -> Int32 { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
