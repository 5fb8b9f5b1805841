// This process among those that share the database: tells them what it committed, hears what they did, and notices at
// once when one of them dies.
//
//     writer ──tell──► peers' mailboxes            (never blocks; with no peers, not even a system call)
//     own mailbox ──► thread ──► subscribers
//     a peer's mailbox breaks ──► its lock can be taken ──► "a worker is lost", and whoever runs jobs rescues
//
// The folder with everybody's files may be removed by somebody who tidies up, or restores a copy. Whoever finds its own
// lock gone joins again under its name; and while it is gone, nobody else's is taken for a sign of death.
//
// One thread sleeps in poll(2) on the mailbox and on the far ends of everybody else's. It runs no query. Every
// `safetyInterval` it looks at the folder, and at whether the database changed without anybody saying so.

import Dispatch
import NightjarJobs
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

final class Membership: Sendable {
    /// This process's name in the folder.
    let member = MemberFiles.newName()
    let files: MemberFiles

    private struct Peer: Sendable {
        var descriptor: Int32
        /// Something could not be told, because the mailbox was full: it is told so once there is room.
        var hasMissed = false
        /// It knows of this process.
        var isGreeted: Bool
    }

    /// What this process holds of its own files.
    private struct Ends: Sendable {
        var lock: Int32
        var mailbox: Int32
        var writeEnd: Int32

        init(_ ends: (lock: Int32, mailbox: Int32, writeEnd: Int32)) {
            (lock, mailbox, writeEnd) = ends
        }

        func closeAll() { for descriptor in [mailbox, writeEnd, lock] { close(descriptor) } }
    }

    private let database: String
    private let safetyInterval: Duration
    private let ends: Mutex<Ends>
    private let peers = Mutex<[String: Peer]>([:])
    private let peerCount = Atomic<Int>(0)
    private let isLeaving = Atomic<Bool>(false)
    private let farewell = DispatchSemaphore(value: 0)
    /// Members to be looked at again soon, and how often they were. Touched by the thread that hears only, and before it starts.
    nonisolated(unsafe) private var suspects: [String: Int] = [:]
    /// Letters, and how closely they follow one another: 1 ms. Touched by the thread that hears only.
    nonisolated(unsafe) private var mail = Streak(gap: 1_000_000)
    private let hear: @Sendable ([BackendNews]) -> Void

    /// Joins those that use a database.
    /// - Parameter hear: Called on a thread of its own with what the others tell.
    init(database: String, safetyInterval: Duration, hear: @escaping @Sendable ([BackendNews]) -> Void) throws {
        files = MemberFiles(database: database)
        self.database = database
        self.safetyInterval = safetyInterval
        self.hear = hear
        ends = Mutex(Ends(try files.join(member)))
    }

    /// Whether a member's process lives.
    func isAlive(_ member: String) -> Bool {
        if member == self.member { return true }
        switch files.look(at: member) {
        case .alive: return true
        case .dead: return false
        case .gone: return isLockGone
        }
    }

    /// Whether somebody removed this process's lock file.
    private var isLockGone: Bool {
        ends.withLock { ends in
            var found = stat()
            return fstat(ends.lock, &found) == 0 && found.st_nlink == 0
        }
    }

    // MARK: - Telling

    /// Tells the others. Called where a broken pipe ends nothing, see ``withoutFileSignals(_:)``.
    func tell(_ news: [BackendNews]) {
        guard !news.isEmpty, peerCount.load(ordering: .sequentiallyConsistent) > 0 else { return }
        let messages = PeerMessage.encode(news)
        let isFullNow = peers.withLock { peers in
            var isFullNow = false
            for name in peers.keys {
                guard var peer = peers[name] else { continue }
                let hadMissed = peer.hasMissed
                send(messages, to: &peer)
                if peer.hasMissed, !hadMissed { isFullNow = true }
                peers[name] = peer
            }
            return isFullNow
        }
        // Wakes the thread that hears, to watch for room.
        if isFullNow { postToSelf([6]) }
    }

    /// Tells those whose mailboxes have room again that they missed something.
    private func makeUp(for names: [String]) {
        peers.withLock { peers in
            for name in names {
                guard var peer = peers[name] else { continue }
                send([], to: &peer)
                peers[name] = peer
            }
        }
    }

    private func postToSelf(_ letter: [UInt8]) { ends.withLock { _ = post(letter, to: $0.writeEnd) } }

    private func send(_ messages: [[UInt8]], to peer: inout Peer) {
        if !peer.isGreeted {
            guard post(PeerMessage.hello(member), to: peer.descriptor) else { return peer.hasMissed = true }
            peer.isGreeted = true
        }
        if peer.hasMissed {
            guard post([6], to: peer.descriptor) else { return }
            peer.hasMissed = false
        }
        var letter: [UInt8] = []
        for message in messages {
            if letter.count + message.count > 512 {
                guard post(letter, to: peer.descriptor) else { return peer.hasMissed = true }
                letter = []
            }
            letter += message
        }
        if !letter.isEmpty, !post(letter, to: peer.descriptor) { peer.hasMissed = true }
    }

    private func post(_ letter: [UInt8], to descriptor: Int32) -> Bool {
        letter.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == letter.count
    }

    // MARK: - Hearing

    /// Makes this process known to those that are there, before it does anything that they would have to clear up after;
    /// then starts the thread that hears.
    func start() async throws {
        try await onThread { self.meetEverybody() }
        try startThread("nightjar-peers") { self.listen() }
    }

    /// Leaves in good order: what this process still holds is free at once.
    func leave() {
        files.leave(member)
        isLeaving.store(true, ordering: .sequentiallyConsistent)
        // A mailbox that is too full for this wakes the thread as well.
        postToSelf([2])
        farewell.signal()
    }

    private func listen() {
        var change = databaseChange()
        var nextLook = ContinuousClock.now
        while !isLeaving.load(ordering: .sequentiallyConsistent) {
            if ContinuousClock.now >= nextLook {
                if isLockGone { joinAgain() }
                meetEverybody()
                let latest = databaseChange()
                if latest != change { hear([.missed]) }
                change = latest
                nextLook = ContinuousClock.now + safetyInterval
            }
            let left = ContinuousClock.now.duration(to: nextLook)
            for name in waitForMail(suspects.isEmpty ? left : min(left, .milliseconds(20))) { suspect(name) }
            investigate()
        }
        // Whoever told this thread to end has written to the mailbox by now; its descriptors may mean something else soon.
        farewell.wait()
        peers.withLock { peers in
            for peer in peers.values { close(peer.descriptor) }
            peers = [:]
        }
        ends.withLock { $0.closeAll() }
    }

    /// Takes part again after somebody removed this process's files.
    private func joinAgain() {
        files.leave(member)
        // If that fails, it is tried again at the next look.
        guard let new = try? files.join(member) else { return }
        // Only now: the others look for the lock when the old mailbox breaks.
        ends.withLock { ends in
            ends.closeAll()
            ends = Ends(new)
        }
        // It may have left meanwhile, and then nobody else clears this up.
        if isLeaving.load(ordering: .sequentiallyConsistent) { files.leave(member) }
    }

    /// Sleeps until there is mail, a mailbox breaks, or the time is over. Answers whose mailboxes are broken.
    private func waitForMail(_ timeout: Duration) -> [String] {
        let known = peers.withLock { peers in
            peers.map { (name: $0.key, descriptor: $0.value.descriptor, hasMissed: $0.value.hasMissed) }
        }
        var watched = [pollfd(fd: ends.withLock(\.mailbox), events: Int16(POLLIN), revents: 0)]
        watched += known.map { pollfd(fd: $0.descriptor, events: $0.hasMissed ? Int16(POLLOUT) : 0, revents: 0) }
        let milliseconds = max(0, min(timeout.microseconds / 1000 + 1, 60_000))
        guard poll(&watched, nfds_t(watched.count), Int32(milliseconds)) > 0 else { return [] }
        if watched[0].revents != 0 { readMail() }
        let signs = zip(known, watched.dropFirst()).filter { $1.revents != 0 }
        makeUp(for: signs.filter { $1.revents == Int16(POLLOUT) }.map(\.0.name))
        let broken = signs.filter { $1.revents != Int16(POLLOUT) }.map(\.0.name)
        for name in broken { forget(name) }
        return broken
    }

    private func readMail() {
        let mailbox = ends.withLock(\.mailbox)
        let letters = [UInt8](unsafeUninitializedCapacity: 65_536) { page, count in
            count = max(0, read(mailbox, page.baseAddress, page.count))
        }
        guard !letters.isEmpty else { return }
        var news: [BackendNews] = []
        for message in PeerMessage.decode(letters) {
            switch message {
            case .hello(let name): meet(name, isNew: false)
            case .news(let item): news.append(item)
            }
        }
        if !news.isEmpty { hear(news) }
        letGather()
    }

    /// Where letters come one after the other, being woken by each costs more than what they say: then some are let gather,
    /// which also spares the others the waking. What comes alone is heard at once.
    private func letGather() {
        mail.note(at: DispatchTime.now().uptimeNanoseconds)
        if mail.isLong { usleep(500) }
    }

    // MARK: - Who there is

    /// Meets those that are new, and clears up after those that are dead.
    private func meetEverybody() {
        files.sweep()
        for name in files.members() where name != member {
            if peers.withLock({ $0[name] != nil }) { continue }
            if files.look(at: name) == .alive { meet(name, isNew: true) } else { hear([.workerLost]) }
        }
    }

    private func meet(_ name: String, isNew: Bool) {
        guard name != member, name.utf8.count == 16, name.utf8.allSatisfy({ Self.nameBytes.contains($0) }),
            peers.withLock({ $0[name] == nil })
        else { return }
        // It is about to read its mailbox, or has just died: nobody would notice the end of one that was never met.
        guard let descriptor = files.openMailbox(of: name) else { return suspect(name) }
        suspects[name] = nil
        peers.withLock { peers in
            var peer = Peer(descriptor: descriptor, isGreeted: !isNew)
            send([], to: &peer)
            peers[name] = peer
        }
        peerCount.add(1, ordering: .sequentiallyConsistent)
    }

    private static let nameBytes = Set("0123456789abcdef".utf8)

    private func forget(_ name: String) {
        guard let peer = peers.withLock({ $0.removeValue(forKey: name) }) else { return }
        peerCount.subtract(1, ordering: .sequentiallyConsistent)
        close(peer.descriptor)
    }

    private func suspect(_ name: String) {
        if suspects[name] == nil { suspects[name] = 0 }
    }

    /// Tries the locks of those whose mailbox broke, or could not be opened. A process that is ending lets go of the two one
    /// after the other, so a lock that is still held is tried again for a second; and so is the mailbox of one that lives.
    private func investigate() {
        for (name, tries) in suspects {
            switch files.look(at: name) {
            case .alive:
                suspects[name] = tries < 50 ? tries + 1 : nil
                if tries < 50 { meet(name, isNew: true) }
            // Gone may be dead, too: another process was faster to clear up after it, and may not be one that runs jobs.
            case .gone, .dead:
                suspects[name] = nil
                hear([.workerLost])
            }
        }
    }

    /// Something that differs once anybody has written to the database.
    private func databaseChange() -> [Int] {
        var found = stat()
        guard stat(database + "-wal", &found) == 0 else { return [] }
        #if canImport(Darwin)
            let time = found.st_mtimespec
        #else
            let time = found.st_mtim
        #endif
        return [Int(found.st_size), Int(time.tv_sec), time.tv_nsec]
    }
}
