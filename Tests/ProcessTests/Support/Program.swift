// A real process of one of our programs: started, listened to, signalled. Only processes started here are ever signalled,
// and all of them are gone at the end of the test that started them.

import Foundation
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A started program.
final class Program: Sendable {
    struct Trouble: Error, CustomStringConvertible { let description: String }

    private let process = Process()
    private let state = Watched()
    let pid: Int32

    /// Starts a program that was built beside this test.
    ///
    /// - Parameters:
    ///   - name: The program.
    ///   - arguments: Its arguments.
    ///   - environment: Its whole environment besides PATH and HOME.
    ///   - folder: Where it runs.
    ///   - wrapper: A command that becomes the program, given its path and arguments.
    init(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:], in folder: URL,
        wrapper: [String] = []
    ) throws {
        let own = ProcessInfo.processInfo.environment
        let command = wrapper + [try Self.folder.appendingPathComponent(name).path] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = own.filter { $0.key == "PATH" || $0.key == "HOME" }.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.terminationHandler = { [state] process in
            // As shells say it: 128 and the signal, if it was one.
            let isSignal = process.terminationReason == .uncaughtSignal
            state.end((isSignal ? 128 : 0) + process.terminationStatus)
        }
        try process.run()
        pid = process.processIdentifier
        read(output.fileHandleForReading)
    }

    deinit { kill() }

    /// The folder with the programs: the one that this test was built into.
    private static var folder: URL {
        get throws {
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            let candidates = [bundle, Bundle.main.executableURL, URL(fileURLWithPath: CommandLine.arguments[0])]
            for case let url? in candidates {
                let folder = url.deletingLastPathComponent()
                if FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("SampleApp").path) {
                    return folder
                }
            }
            throw Trouble(description: "SampleApp is not beside the tests. Build everything: swift build --build-tests")
        }
    }

    // MARK: - What it says

    /// Everything it said so far.
    var output: String { state.look { $0.lines.joined(separator: "\n") } }

    private func read(_ handle: FileHandle) {
        handle.eachLine { [state] line in
            state.change { state in
                if let line {
                    state.lines.append(String(decoding: line, as: UTF8.self))
                } else {
                    state.isOutputOver = true
                }
            }
        }
    }

    /// Waits for a line that contains a text.
    @discardableResult
    func line(with text: String, within limit: Duration = .seconds(20)) async throws -> String {
        var found: String?
        try await wait(limit, for: "a line with “\(text)”") { state in
            found = state.lines.first { $0.contains(text) }
            return found != nil || state.isOver
        }
        guard let found else { throw Trouble(description: "Ended without saying “\(text)”:\n\(output)") }
        return found
    }

    /// Waits until it accepts requests, and answers on which port.
    func port() async throws -> Int {
        let line = try await line(with: "Server started")
        guard let url = line.firstMatch(of: /url=http:\/\/127\.0\.0\.1:(\d+)/), let port = Int(url.1) else {
            throw Trouble(description: "No port in: \(line)")
        }
        return port
    }

    // MARK: - What it costs

    /// The processor time it has taken so far, of all its threads; nil where the system does not say it in a file.
    func processorTime() throws -> Duration? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        // Behind the name, which may contain anything, field 14 is user time and 15 is system time, in hundredths.
        let fields = text[text.index(after: text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
            throw Trouble(description: "No times in: \(text)")
        }
        return .milliseconds(10 * (user + system))
    }

    // MARK: - Its end

    var isRunning: Bool { state.look { $0.status == nil } }

    /// Sends a signal, unless it has ended.
    func signal(_ number: Int32) {
        // The moment between its end and our hearing of it is too short for its pid to be given to another process.
        state.look { state in
            if state.status == nil { _ = systemKill(pid, number) }
        }
    }

    func kill() { signal(SIGKILL) }

    /// Waits for its end and answers with its exit code.
    @discardableResult
    func exitCode(within limit: Duration = .seconds(40)) async throws -> Int32 {
        var status: Int32?
        try await wait(limit, for: "its end") { state in
            status = state.status
            return state.isOver
        }
        return status ?? -1
    }

    private func wait(_ limit: Duration, for what: String, until isDone: (Watched.State) -> Bool) async throws {
        guard await state.wait(limit, until: isDone) else {
            throw Trouble(description: "Waited \(limit) for \(what) of \(process.arguments ?? []):\n\(output)")
        }
    }
}

private func systemKill(_ pid: Int32, _ signal: Int32) -> Int32 { kill(pid, signal) }
