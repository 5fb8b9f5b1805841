// One run of another program: bytes in, an exit status and what it said on standard error out.
//
// The input and the output are files without a name, not pipes: so nobody waits for the other, and a program that ends
// without reading raises no signal here.

import Foundation
import Synchronization

struct ProgramRun: Sendable {
    struct Ending: Hashable, Sendable {
        enum Status: Hashable, Sendable {
            case exited(Int)
            case signalled(Int)
            case overdue
        }

        var status: Status
        /// What it said, one line, at most 300 characters.
        var output: String
    }

    struct CannotStart: Error {
        var reason: String
    }

    var path: String
    var arguments: [String]
    var input: [UInt8]

    /// Runs the program; ends it when its time is over or the task is cancelled.
    func finish(within limit: Duration) async throws -> Ending {
        let (stdin, stderr) = try (Self.namelessFile(), Self.namelessFile())
        defer { try? stderr.close() }
        do {
            try stdin.write(contentsOf: Data(input))
            try stdin.seek(toOffset: 0)
        } catch {
            throw CannotStart(reason: "its input could not be stored (\(error.localizedDescription))")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = stdin
        process.standardOutput = FileHandle.nullDevice
        process.standardError = stderr
        let child = Child(process)
        let isOverdue = Atomic<Bool>(false)
        let status = try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Ending.Status?.self) { group in
                group.addTask { try await child.run() }
                group.addTask {
                    try? await Task.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                while let next = try await group.next() {
                    if let next { return next }
                    if !Task.isCancelled { isOverdue.store(true, ordering: .releasing) }
                    child.end()
                }
                throw CancellationError()
            }
        } onCancel: {
            child.end()
        }
        try? stdin.close()
        if case .signalled = status {
            if isOverdue.load(ordering: .acquiring) { return Ending(status: .overdue, output: Self.text(stderr)) }
            try Task.checkCancellation()
        }
        return Ending(status: status, output: Self.text(stderr))
    }

    private static func namelessFile() throws -> FileHandle {
        var template = Array((NSTemporaryDirectory() + "/nightjar-mail-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw CannotStart(reason: "no temporary file could be made (\(String(cString: strerror(errno))))")
        }
        unlink(&template)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func text(_ file: FileHandle) -> String {
        guard (try? file.seek(toOffset: 0)) != nil, let data = try? file.read(upToCount: 2000) else { return "" }
        let words = String(decoding: data, as: UTF8.self).split { $0.isWhitespace }
        return String(
            words.joined(separator: " ").unicodeScalars.filter { !isControl($0) }.map(Character.init).prefix(300))
    }
}

/// A process that is started once and may be ended from anywhere.
private final class Child: Sendable {
    // What makes @unchecked true: Process is only touched under the mutex, or by Foundation itself.
    private struct Box: @unchecked Sendable {
        let process: Process
        var isOver = false
    }

    private let box: Mutex<Box>

    init(_ process: sending Process) { box = Mutex(Box(process: process)) }

    func run() async throws -> ProgramRun.Ending.Status {
        try await withCheckedThrowingContinuation { continuation in
            let failure: (any Error)? = box.withLock { box in
                guard !box.isOver else { return CancellationError() }
                box.process.terminationHandler = { process in
                    let code = Int(process.terminationStatus)
                    let isSignal = process.terminationReason == .uncaughtSignal
                    continuation.resume(returning: isSignal ? .signalled(code) : .exited(code))
                }
                do {
                    try box.process.run()
                    return nil
                } catch {
                    box.process.terminationHandler = nil
                    return ProgramRun.CannotStart(reason: error.localizedDescription)
                }
            }
            if let failure { continuation.resume(throwing: failure) }
        }
    }

    func end() {
        box.withLock { box in
            box.isOver = true
            if box.process.isRunning { kill(box.process.processIdentifier, SIGKILL) }
        }
    }
}
