// The schedules that a program declares: what fires, when, and what is to be done about firings that were missed. It is
// written before the app runs, the same in every process of a version; how far a schedule has come is the store's to know.

import Foundation
import Synchronization

/// One schedule as the program declares it.
struct DeclaredSchedule: Sendable {
    var name: String
    var schedule: Schedule
    var job: String
    var missed: MissedPolicy
    /// The last moment at which it may fire.
    var until: Date?
    /// Whether its beginning is a firing, too.
    var runsAtOnce: Bool
    /// Makes a job of it; the time is that of the firing, if it is one.
    var make: @Sendable (JobQueue, Date?) throws -> NewJob

    /// What is due now.
    func due(after last: Date, now: Date) -> DueFiring {
        schedule.due(after: last, now: now, missed: missed, until: until)
    }

    /// The next firing after a moment.
    func next(after date: Date) -> Date? {
        guard let next = schedule.next(after: date), until.map({ next <= $0 }) ?? true else { return nil }
        return next
    }
}

/// The schedules of one queue.
final class ScheduleBook: Sendable {
    private struct Pages: Sendable {
        var all: [DeclaredSchedule] = []
        var readers: [@Sendable () -> Void] = []
    }

    private let pages = Mutex(Pages())

    /// All schedules, in the order in which they were declared.
    var all: [DeclaredSchedule] { pages.withLock { $0.all } }

    /// Adds a schedule.
    /// - Throws: ``ScheduleError`` if its name is taken.
    func add(_ schedule: DeclaredSchedule) throws(ScheduleError) {
        let (known, readers) = pages.withLock { pages in
            let known = pages.all.first { $0.name == schedule.name }
            if known == nil { pages.all.append(schedule) }
            return (known, pages.readers)
        }
        if let known {
            throw ScheduleError(
                """
                There are two schedules named “\(known.name)”: \(known.schedule) and \(schedule.schedule). \
                Give one of them another name, as in schedule(…, name: "…").
                """
            )
        }
        for reader in readers { reader() }
    }

    /// The schedule of a name.
    /// - Throws: ``ScheduleError`` if there is none.
    func schedule(named name: String) throws(ScheduleError) -> DeclaredSchedule {
        let all = all
        if let schedule = all.first(where: { $0.name == name }) { return schedule }
        let hint = Spelling.closest(to: name, in: all.map(\.name)).map { " Did you mean “\($0)”?" } ?? ""
        throw ScheduleError("The program declares no schedule named “\(name)”.\(hint)")
    }

    /// Registers somebody who wants to know when a schedule is added.
    func whenAdded(_ reader: @escaping @Sendable () -> Void) { pages.withLock { $0.readers.append(reader) } }

    /// Checks a name: it becomes part of a tag, which holds 100 bytes, and of command lines.
    /// - Throws: ``ScheduleError`` if it cannot name a schedule.
    static func check(_ name: String) throws(ScheduleError) {
        let room = 100 - FiringMark.tag("").utf8.count
        let isReadable = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !(1...room).contains(name.utf8.count) || !isReadable else { return }
        throw ScheduleError(
            """
            “\(isReadable ? name : "…")” cannot name a schedule: use 1 to \(room) bytes without line breaks, as in \
            schedule(…, name: "digest").
            """
        )
    }
}
