// What a command of an application is, and how one that asks about jobs gets at them.

import ArgumentParser
import Foundation
import NightjarJobs

/// A command that an application carries out.
protocol AppCommand: ParsableCommand, Sendable {
    func perform(in app: App, on console: Console) async throws
}

/// Why a command did not do what it was told to, in a sentence.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ sentence: String) { description = sentence }
}

extension App {
    /// Opens the queue for a command that asks about jobs or changes them, and lets go of it afterwards.
    ///
    /// - Throws: ``CommandError`` if jobs are kept where this process cannot see them.
    func operate(_ body: (JobQueue) async throws -> Void) async throws {
        try requireSharedQueue("this command cannot see them")
        if let file = DatabaseBackend.file(of: queue.backend), !FileManager.default.fileExists(atPath: file) {
            throw CommandError(
                "There is no database at \(file) yet: it is made when the program serves or works for the first time. "
                    + "If there should be one, DATABASE_URL or the folder you are in is another than the program's.")
        }
        try await queue.open()
        do { try await body(queue) } catch {
            await queue.close()
            throw error
        }
        await queue.close()
    }

    /// Whether jobs are kept where this process can see them.
    var hasSharedQueue: Bool {
        guard queue.backend.traits.durability != .process else { return false }
        return DatabaseBackend.file(of: queue.backend).map(FileManager.default.fileExists(atPath:)) ?? true
    }

    /// - Parameter consequence: Completes "jobs are kept inside the process that accepted them, and …".
    func requireSharedQueue(_ consequence: String) throws {
        let traits = queue.backend.traits
        guard traits.durability == .process else { return }
        throw CommandError(
            "QUEUE_BACKEND=\(traits.name) keeps jobs inside the process that accepted them, and \(consequence). "
                + "Set QUEUE_BACKEND=database to share them between processes.")
    }
}
