// The two files by which a process takes part, in a folder beside the database:
//
//     <member>.lock   locked (flock) for as long as the process lives. The kernel lets go of it however the process ends,
//                     so whoever can take it knows that its owner is dead.
//     <member>.pipe   its mailbox (a FIFO). It breaks the moment its reader dies, so those who hold its other end know at
//                     once that it is time to try the lock.
//
// A member's name is random and never used again. Its lock file appears under that name already locked, and goes with it;
// so a member without a lock file is dead, too.

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

struct MemberFiles: Sendable {
    let folder: String

    /// Whether a member's process lives.
    enum Life {
        case alive, dead
        /// It left in good order, or somebody has cleared up after it.
        case gone
    }

    init(database path: String) { folder = path + "-workers" }

    func lockPath(_ member: String) -> String { "\(folder)/\(member).lock" }
    func pipePath(_ member: String) -> String { "\(folder)/\(member).pipe" }

    static func newName() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Makes the folder, the mailbox and the lock of a new member.
    /// - Returns: The lock's descriptor, and the mailbox's two ends.
    func join(_ member: String) throws -> (lock: Int32, mailbox: Int32, writeEnd: Int32) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure(folder) }
        // The lock comes first, so that it is gone by the time the mailbox breaks.
        let draft = "\(folder)/\(member).new"
        let lock = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw failure(draft) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0, mkfifo(pipePath(member), 0o600) == 0,
            rename(draft, lockPath(member)) == 0
        else {
            let failure = failure(draft)
            unlink(draft)
            leave(member)
            close(lock)
            throw failure
        }
        let mailbox = open(pipePath(member), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        // An end of its own keeps the mailbox from ending with each peer that goes.
        let writeEnd = open(pipePath(member), O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard mailbox >= 0, writeEnd >= 0 else {
            let failure = failure(pipePath(member))
            leave(member)
            for descriptor in [lock, mailbox, writeEnd] where descriptor >= 0 { close(descriptor) }
            throw failure
        }
        return (lock, mailbox, writeEnd)
    }

    func leave(_ member: String) {
        unlink(pipePath(member))
        unlink(lockPath(member))
    }

    /// The members that have a lock file.
    func members() -> [String] { names(".lock") }

    /// Clears up after those that died while they joined, which takes no minute.
    func sweep() {
        for name in names(".new") {
            let draft = "\(folder)/\(name).new"
            var found = stat()
            guard stat(draft, &found) == 0 else { continue }
            #if canImport(Darwin)
                let age = time(nil) - found.st_mtimespec.tv_sec
            #else
                let age = time(nil) - found.st_mtim.tv_sec
            #endif
            guard age > 60 else { continue }
            let lock = open(draft, O_RDWR | O_CLOEXEC)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 {
                unlink(draft)
                leave(name)
            }
            close(lock)
        }
    }

    private func names(_ suffix: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(suffix), name.utf8.count == 16 + suffix.utf8.count {
                names.append(String(name.dropLast(suffix.count)))
            }
        }
        return names
    }

    /// Finds out whether a member lives, and clears up after it if not.
    func look(at member: String) -> Life {
        let lock = open(lockPath(member), O_RDWR | O_CLOEXEC)
        guard lock >= 0 else { return errno == ENOENT ? .gone : .alive }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { return .alive }
        leave(member)
        return .dead
    }

    /// Opens a member's mailbox for writing; `nil` if nobody reads it.
    func openMailbox(of member: String) -> Int32? {
        let descriptor = open(pipePath(member), O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        return descriptor >= 0 ? descriptor : nil
    }

    private func failure(_ path: String) -> SQLiteFailure {
        SQLiteFailure.system(errno, path)
    }
}
