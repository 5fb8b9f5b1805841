// Two stores on one file are two processes as far as the file, its locks and its pipes are concerned.

import Foundation
import NightjarJobs
import NightjarTesting
import Testing

@testable import NightjarSQLite

@Suite("Processes that share a database", .timeLimit(.minutes(1)))
struct PeerTests {
    private func pair() async throws -> (Store, Store) {
        let first = try await Store()
        let second = try await Store(first.path)
        // They know each other once news gets through in both directions.
        for (from, to) in [(first, second), (second, first)] {
            while !to.news.values.contains(where: \.isReady) {
                try await from.backend.setPaused(false, queue: "default")
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        return (first, second)
    }

    private func close(_ stores: Store...) async { for store in stores { await store.backend.close() } }

    // AT-10
    @Test("hear of each other's jobs, endings and cancellations without asking")
    func news() async throws {
        let (web, worker) = try await pair()
        let before = worker.news.values.count
        let id = try await web.put()
        _ = await worker.news.until { $0.dropFirst(before).contains(where: \.isReady) }
        let job = try #require(try await worker.take().first)
        _ = await web.news.until { $0.contains { $0.tells(id) } }
        #expect(try await web.backend.cancel([id]) == [id])
        _ = await worker.news.until { $0.contains { $0.cancels(id) } }
        let told = web.news.values.count { $0.tells(id) }
        _ = try await worker.end([job])
        _ = await web.news.until { $0.count { $0.tells(id) } > told }
        #expect(try await web.record(id)?.state == .completed)
        await close(web, worker)
    }

    @Test("meet even if they call the file by different names, and leave each other's running jobs alone")
    func symbolicLink() async throws {
        let first = try await Store()
        let link = try Folder.new() + "/current.sqlite"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: first.path)
        let second = try await Store(link)
        let id = try await first.put()
        #expect(try await first.take().map(\.id) == [id])
        #expect(try await second.backend.rescue().isEmpty)
        #expect(try await second.record(id)?.state == .running)
        await close(first, second)
    }

    @Test("hear when a job that waits for its time was added")
    func due() async throws {
        let (web, worker) = try await pair()
        let id = try await web.put(after: .seconds(60))
        let due = try #require(try await web.record(id)?.dueAt)
        _ = await worker.news.until { $0.contains { if case .due(due) = $0 { true } else { false } } }
        await close(web, worker)
    }

    @Test("an id list that is longer than a message arrives whole")
    func manyIDs() async throws {
        let (web, worker) = try await pair()
        let jobs = (0..<500).map { web.job("\($0)") }
        _ = try await web.backend.insert(jobs)
        _ = try await web.take(500)
        for id in [jobs[0].id, jobs[250].id, jobs[499].id] {
            _ = await worker.news.until { $0.contains { $0.tells(id) } }
        }
        await close(web, worker)
    }

    // ASOK-16, NORI-18
    @Test("a future in one is fulfilled by a worker in the other")
    func future() async throws {
        let (web, worker) = try await pair()
        let webQueue = JobQueue(backend: web.backend)
        let workerQueue = JobQueue(backend: worker.backend)
        for queue in [webQueue, workerQueue] { try queue.register(Double.self) }
        try await withWorkers(workerQueue) {
            let future = try await webQueue.background(Double(number: 21))
            #expect(try await future.value(timeout: .seconds(20)) == 42)
        }
        await close(web, worker)
    }

    struct Double: Job {
        var number: Int
        func run(_ context: JobContext) async throws -> Int { number * 2 }
    }

    @Test("one that leaves in good order is nobody's loss")
    func leaving() async throws {
        let (first, second) = try await pair()
        await second.backend.close()
        try await first.put()
        #expect(try await first.backend.rescue().isEmpty)
        #expect(try await first.end(first.take()) == [true])
        await first.backend.close()
    }

    @Test("one that dies before anybody has met it is missed at once")
    func diesAtTheStart() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        let files = MemberFiles(database: path)
        // Its lock is held, but its mailbox is not there to be opened.
        try FileManager.default.createDirectory(atPath: files.folder, withIntermediateDirectories: true)
        let lock = open(files.lockPath("00000000000000aa"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let store = try await Store(path, options: SQLiteOptions(safetyInterval: .seconds(3600)))
        try await store.put()
        #expect(!store.news.values.contains { $0.isWorkerLost })
        flock(lock, LOCK_UN)
        _ = await store.news.until { $0.contains(where: \.isWorkerLost) }
        await store.backend.close()
    }

    @Test("join again when somebody has removed their files, and take nobody for dead meanwhile")
    func tidiedUp() async throws {
        let options = SQLiteOptions(safetyInterval: .seconds(3600))
        let blind = try await Store(options: options)
        let first = try await Store(blind.path, options: SQLiteOptions(safetyInterval: .milliseconds(20)))
        let second = try await Store(blind.path, options: SQLiteOptions(safetyInterval: .milliseconds(20)))
        try await first.put()
        let job = try #require(try await first.take().first)
        let files = MemberFiles(database: blind.path)
        try FileManager.default.removeItem(atPath: files.folder)
        // It has not looked yet, and its own lock is gone as well.
        #expect(try await blind.backend.rescue().isEmpty)
        while files.members().count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        let newcomer = try await Store(blind.path)
        #expect(try await newcomer.backend.rescue().isEmpty)
        // They hear each other again.
        let before = second.news.values.count
        while !second.news.values.dropFirst(before).contains(where: { $0.tells(job.id) }) {
            _ = try await first.backend.renew([
                Renewal(id: job.id, lease: job.lease, progress: JobProgress(fraction: 0.5))
            ])
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await first.end([job]) == [true])
        await close(blind, first, second, newcomer)
        #expect(files.members().isEmpty)
    }

    @Test("one that was away while its mailbox filled up is told so as soon as there is room")
    func fullMailbox() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        let store = try await Store(path, options: SQLiteOptions(safetyInterval: .seconds(3600)))
        // Somebody with a lock and a mailbox that is not read for a while.
        let files = MemberFiles(database: path)
        let name = MemberFiles.newName()
        let (lock, mailbox, writeEnd) = try files.join(name)
        defer { for descriptor in [lock, mailbox, writeEnd] { Foundation.close(descriptor) } }
        let hello = PeerMessage.hello(name)
        let other = try #require(files.members().first { $0 != name })
        let door = try #require(files.openMailbox(of: other))
        defer { Foundation.close(door) }
        #expect(hello.withUnsafeBytes { write(door, $0.baseAddress, $0.count) } == hello.count)
        func letter() -> [UInt8] {
            var page = [UInt8](repeating: 0, count: 1 << 20)
            let count = page.withUnsafeMutableBytes { read(mailbox, $0.baseAddress, $0.count) }
            return Array(page.prefix(max(0, count)))
        }
        var received: [UInt8] = []
        while received.isEmpty {
            try await store.put()
            received = letter()
        }
        // Endings of many jobs until nothing fits any more, then silence.
        let jobs = (0..<6000).map { store.job("\($0)") }
        _ = try await store.backend.insert(jobs)
        _ = try await store.take(6001)
        var last: [PeerMessage] = []
        while !last.contains(where: { if case .news(.missed) = $0 { true } else { false } }) {
            last = PeerMessage.decode(letter())
            try await Task.sleep(for: .milliseconds(5))
        }
        await store.backend.close()
    }

    @Test("what one left that died while it joined is swept up, and nothing younger")
    func sweep() async throws {
        let path = try Folder.new() + "/jobs.sqlite"
        let files = MemberFiles(database: path)
        try FileManager.default.createDirectory(atPath: files.folder, withIntermediateDirectories: true)
        for (name, age) in [("00000000000000aa", 3600.0), ("00000000000000bb", 0)] {
            let draft = "\(files.folder)/\(name).new"
            try Data().write(to: URL(fileURLWithPath: draft))
            try Data().write(to: URL(fileURLWithPath: files.pipePath(name)))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: draft)
        }
        files.sweep()
        let left = try FileManager.default.contentsOfDirectory(atPath: files.folder).sorted()
        #expect(left == ["00000000000000bb.new", "00000000000000bb.pipe"])
    }

    // ASOK-18
    @Test("a worker is listed while it lives")
    func workers() async throws {
        let (first, second) = try await pair()
        try await first.put()
        _ = try await second.take(worker: "host:1")
        #expect(try await first.backend.workers().map(\.name) == ["host:1"])
        #expect(try await first.backend.workers().map(\.running) == [1])
        await second.backend.close()
        #expect(try await first.backend.workers().isEmpty)
        await first.backend.close()
    }

    @Test("messages come out as they went in, and nonsense means that something was missed")
    func messages() {
        let ids = (0..<40).map { _ in JobID() }
        let moment = Timestamp(microseconds: -7)
        let bytes = PeerMessage.encode([.ready, .due(moment), .changed(ids), .cancelRequested([ids[0]]), .missed])
        #expect(bytes.allSatisfy { $0.count <= 512 })
        var found: [JobID] = []
        var others: [String] = []
        for message in PeerMessage.decode(bytes.flatMap { $0 } + PeerMessage.hello("0123456789abcdef")) {
            switch message {
            case .news(.changed(let some)): found += some
            case let other: others.append("\(other)")
            }
        }
        #expect(found == ids)
        #expect(others.count == 5)
        for nonsense: [UInt8] in [[9], [3, 1], [4, 200, 1], [1, 2, 3], [4]] {
            guard case .news(.missed)? = PeerMessage.decode(nonsense).last else {
                return #expect(Bool(false), "\(nonsense) was understood")
            }
        }
    }
}
