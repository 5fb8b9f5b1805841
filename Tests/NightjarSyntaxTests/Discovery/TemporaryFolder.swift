import Foundation
import TestSupport

/// A folder that is gone when nobody needs it any more.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "nightjar-discovery-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ path: String, _ text: String) throws {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: path)), as: UTF8.self)
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url.appending(path: path).path) }

    @discardableResult
    func git(_ arguments: String..., input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["git", "-c", "core.excludesFile=/dev/null", "-C", url.path] + arguments
        let incoming = url.appending(path: ".git-input")
        try Data(input.utf8).write(to: incoming)
        process.standardInput = try FileHandle(forReadingFrom: incoming)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.untilEnd()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// Which paths git ignores; none of them needs to exist.
    func ignoredByGit(_ paths: [String]) throws -> Set<String> {
        let answer = try git("check-ignore", "--no-index", "--stdin", input: paths.joined(separator: "\n") + "\n")
        return Set(answer.split(separator: "\n").map(String.init))
    }
}
