// Waiting for the disk, where each answer does: one fsync for all that was committed by then, while the writer goes on.
//
//     writer      commit a ─ commit b ─ commit c ─ commit d ─ …
//     this        └─ fsync ──────────┘└─ fsync (b, c) ──────┘└─ …
//     answers                         a                      b, c
//
// SQLite itself would fsync the log within each commit, and hold the write lock meanwhile; so no two commits, of whatever
// processes, could share one. Here the connection is set to synchronous=NORMAL, which leaves out just that fsync (wal.c:
// "Padding and syncing only occur if this set of frames complete a transaction and if PRAGMA synchronous=FULL") and keeps
// those that a log's head and a checkpoint need, and it is done here, before anybody has an answer or hears news. What it
// rests on:
//
// - The log is one file that only grows, and what is found in it after a power cut is its beginning, as far as the chain of
//   checksums is whole and up to a commit. So an fsync after a commit makes that commit durable and all before it, whoever
//   wrote them: whatever an answer depends on is on the disk when it is given.
// - A log begins again only once all of it is in the file and the file is on the disk, as a checkpoint sees to in that
//   mode, too. An fsync that comes later than that is superfluous and does no harm.
// - The file is opened once more for it. SQLite takes its locks on the database and on the -shm file, none on the log, so
//   closing it loses nobody's. It stays the same file for as long as a connection is open.
//
// A claim's answer does not wait. Which of the processes that live may run a job is decided by the commit, which all of them
// see at once; a power cut ends all of them, and a claim that is forgotten then has no owner left, who could be fenced off.
// The job runs again, as it would if the claim was remembered. What became of it is an answer that waits. Nor does the news
// that a job has begun wait, where nothing else was stored.
//
// Others see a commit before the disk has it, for as long as an fsync takes: a list, or a worker that claims a job whose
// enqueuer has no answer yet. If the power fails just then, such a job has run although it was never accepted.
//
// If the disk refuses, it is unknown what it has, and a later fsync that succeeds says nothing about it. Everybody who waits
// is told so, and nothing is stored or answered until a checkpoint has moved all of the log into the file and emptied it.

import Dispatch
import NightjarJobs
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Has the log on the disk before answers are given.
final class LogSync: Sendable {
    /// What a transaction has to say once it is on the disk.
    private struct Commit: Sendable {
        let steps: [Step]
        let news: [BackendNews]
    }

    private let path: String
    private let descriptor: Int32
    private let flush: @Sendable (Int32) -> Bool
    private let tell: @Sendable ([BackendNews]) -> Void
    private let inbox = Inbox<Commit>()
    private let bell = DispatchSemaphore(value: 0)
    private let isRung = Atomic<Bool>(false)
    private let broken = Atomic<Bool>(false)
    private let flushed = Atomic<UInt64>(0)
    private let isClosing = Atomic<Bool>(false)
    private let end = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - path: The database, which is open.
    ///   - flush: Waits for the disk. Answers whether it has everything.
    ///   - tell: Called with news of what is on the disk.
    /// - Throws: ``SQLiteFailure`` if the log cannot be opened.
    init(
        path: String, flush: @escaping @Sendable (Int32) -> Bool = LogSync.flush,
        tell: @escaping @Sendable ([BackendNews]) -> Void
    ) throws {
        self.path = path
        self.flush = flush
        self.tell = tell
        descriptor = open(path + "-wal", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SQLiteFailure.system(errno, path + "-wal") }
    }

    deinit { close(descriptor) }

    /// The same call with which SQLite waits for the disk.
    private static func flush(_ descriptor: Int32) -> Bool {
        while true {
            #if canImport(Darwin)
                if fsync(descriptor) == 0 { return true }
            #else
                if fdatasync(descriptor) == 0 { return true }
            #endif
            guard errno == EINTR else { return false }
        }
    }

    /// Answers steps that are committed and tells their news, once the disk has them.
    func add(_ steps: [Step], _ news: [BackendNews]) {
        inbox.push(Commit(steps: steps, news: news))
        ring()
    }

    private func ring() {
        if !isRung.exchange(true, ordering: .sequentiallyConsistent) { bell.signal() }
    }

    /// Serves until closed. Runs on the thread that calls it.
    func serve() {
        while true {
            bell.wait()
            isRung.store(false, ordering: .sequentiallyConsistent)
            let isLast = isClosing.load(ordering: .sequentiallyConsistent)
            let commits = inbox.drain()
            if !commits.isEmpty { conclude(commits) }
            if isLast { break }
        }
        end.signal()
    }

    private func conclude(_ commits: [Commit]) {
        let start = DispatchTime.now().uptimeNanoseconds
        if !flush(descriptor) { broken.store(true, ordering: .sequentiallyConsistent) }
        flushed.store(DispatchTime.now().uptimeNanoseconds &- start, ordering: .relaxed)
        let isBroken = isBroken
        for commit in commits {
            for step in commit.steps {
                if isBroken { step.refuse(SQLiteError.notOnDisk(path: path)) } else { step.conclude() }
            }
            // It has happened, whatever the disk knows of it.
            tell(commit.news)
        }
    }

    /// How long the disk took last, in nanoseconds.
    var lastFlush: UInt64 { flushed.load(ordering: .relaxed) }

    /// Whether the disk refused, and the log is not mended yet.
    var isBroken: Bool { broken.load(ordering: .sequentiallyConsistent) }

    /// Everything is in the file, and the log is empty.
    func mend() { broken.store(false, ordering: .sequentiallyConsistent) }

    /// Returns once everything that was added has its answer. Nothing is added any more.
    func finish() {
        isClosing.store(true, ordering: .sequentiallyConsistent)
        ring()
        end.wait()
    }
}
