// The file itself: whole lines at its end, a fresh one now and then. Used by one thread at a time.

import Foundation
import Nightjar

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

struct FileLog {
    private let path: String
    private let lock: Int32
    private var file: Int32
    private var end = 0
    private var lines = 0

    /// Takes the lock, reads what is there, and drops what a crash left of a line.
    init(path: String, _ apply: (FileState.Change) -> Void) throws {
        self.path = path
        lock = Self.open(path + ".lock", O_RDWR | O_CREAT)
        guard lock >= 0 else { throw Self.failure("cannot open \(path).lock") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            systemClose(lock)
            throw FileBackendError("cannot use \(path): another process does. It is for one process at a time")
        }
        // What a crash left of a file that was being written anew was never looked at.
        unlink(path + ".new")
        file = Self.open(path, O_RDWR | O_CREAT)
        guard file >= 0 else {
            systemClose(lock)
            throw Self.failure("cannot open \(path)")
        }
        do { try read(apply) } catch {
            close()
            throw error
        }
    }

    func close() {
        systemClose(file)
        systemClose(lock)
    }

    private mutating func read(_ apply: (FileState.Change) -> Void) throws {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw Self.failure("cannot read \(path)") }
        let decoder = JSONDecoder()
        var start = bytes.startIndex
        while let feed = bytes[start...].firstIndex(of: 10) {
            lines += 1
            do { apply(try decoder.decode(FileState.Change.self, from: bytes[start..<feed])) } catch {
                throw FileBackendError("cannot read line \(lines) of \(path): \(error)")
            }
            start = feed + 1
        }
        end = start - bytes.startIndex
        guard end < bytes.count else { return }
        guard ftruncate(file, off_t(end)) == 0, fsync(file) == 0 else { throw Self.failure("cannot mend \(path)") }
    }

    /// Adds a line. If that fails, the file is what it was.
    mutating func append(_ change: FileState.Change) throws {
        let line = try JSONEncoder().encode(change) + [10]
        do { try Self.write(line, to: file, at: end) } catch {
            ftruncate(file, off_t(end))
            throw error
        }
        end += line.count
        lines += 1
    }

    /// Writes the state as one line to a new file and puts that in the old one's place, if most lines are history.
    mutating func shorten(to state: FileState) throws {
        guard lines > max(1000, 4 * state.jobs.count) else { return }
        let line = try JSONEncoder().encode(state.whole) + [10]
        let new = Self.open(path + ".new", O_RDWR | O_CREAT | O_TRUNC)
        guard new >= 0 else { return }
        do {
            try Self.write(line, to: new, at: 0)
            guard rename(path + ".new", path) == 0 else { throw Self.failure("cannot rename \(path).new") }
        } catch {
            // The old file is as good as ever; the next step tries again.
            systemClose(new)
            unlink(path + ".new")
            return
        }
        systemClose(file)
        (file, end, lines) = (new, line.count, 1)
        Self.syncFolder(of: path)
    }

    private static func write(_ bytes: Data, to file: Int32, at start: Int) throws {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                pwrite(file, buffer.baseAddress.map { $0 + done }, bytes.count - done, off_t(start + done))
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw failure("cannot write") }
            done += put
        }
        guard fsync(file) == 0 else { throw failure("cannot write") }
    }

    private static func open(_ path: String, _ flags: Int32) -> Int32 { systemOpen(path, flags | O_CLOEXEC) }

    /// A rename is on the disk once its folder is.
    private static func syncFolder(of path: String) {
        let folder = systemOpen(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        systemClose(folder)
    }

    private static func failure(_ what: String) -> FileBackendError {
        FileBackendError("\(what): \(String(cString: strerror(errno)))")
    }
}

private func systemClose(_ file: Int32) { _ = close(file) }

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags, 0o600) }
