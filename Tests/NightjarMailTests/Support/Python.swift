// Python for the tests: its `email` package to read our mails back, and aiosmtpd to receive them.

import Foundation
import Testing

struct SetupError: Error, CustomStringConvertible {
    var description: String
}

enum Python {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Python")

    /// The interpreter: NIGHTJAR_PYTHON, or the one in the repository's `.build/venv`.
    static func interpreter() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["NIGHTJAR_PYTHON"], !path.isEmpty {
            return URL(fileURLWithPath: path)
        }
        let root = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let local = root.appendingPathComponent(".build/venv/bin/python")
        guard FileManager.default.isExecutableFile(atPath: local.path) else {
            throw SetupError(
                description: """
                    The mail tests need Python with aiosmtpd. Run scripts/test, which makes .build/venv, or:
                        python3 -m venv .build/venv && .build/venv/bin/pip install 'aiosmtpd>=1.4.6'
                    or set NIGHTJAR_PYTHON to an interpreter that has it.
                    """
            )
        }
        return local
    }

    static func process(_ script: String, _ arguments: [String] = []) throws -> Process {
        let process = Process()
        process.executableURL = try interpreter()
        process.arguments = ["-W", "ignore", folder.appendingPathComponent(script).path] + arguments
        return process
    }

    /// What Python's email package makes of some mails.
    static func read(_ mails: [[UInt8]]) throws -> [ParsedPart] {
        let directory = try TemporaryDirectory()
        let input = directory.url.appendingPathComponent("in")
        let output = directory.url.appendingPathComponent("out")
        try mails.map { Data($0).base64EncodedString() + "\n" }.joined().write(
            to: input, atomically: true, encoding: .utf8)
        try Data().write(to: output)
        let process = try Python.process("mime_report.py")
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SetupError(description: "mime_report.py ended with status \(process.terminationStatus)")
        }
        let decoder = JSONDecoder()
        let parts = try Data(contentsOf: output).split(separator: 10).map {
            try decoder.decode(ParsedPart.self, from: $0)
        }
        try #require(parts.count == mails.count)
        return parts
    }

    static func read(_ mail: [UInt8]) throws -> ParsedPart {
        try #require(try read([mail]).first)
    }
}

/// One part of a mail as Python reads it.
struct ParsedPart: Decodable {
    struct Header: Decodable {
        var name: String
        var value: String
        var defects: [String]
        var addresses: [[String]]?
    }

    var type: String
    var charset: String?
    var encoding: String
    var disposition: String?
    var filename: String?
    var id: String?
    var payload: Data?
    var defects: [String]
    var headers: [Header]
    var parts: [ParsedPart]

    var text: String? { payload.map { String(decoding: $0, as: UTF8.self) } }
    var bytes: [UInt8]? { payload.map { [UInt8]($0) } }
    var allParts: [ParsedPart] { [self] + parts.flatMap(\.allParts) }
    var allDefects: [String] { allParts.flatMap { $0.defects + $0.headers.flatMap(\.defects) } }
    /// `mixed(alternative(plain, html), pdf)`.
    var shape: String {
        let name = type.split(separator: "/").last.map(String.init) ?? type
        return parts.isEmpty ? name : "\(name)(\(parts.map(\.shape).joined(separator: ", ")))"
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    func addresses(_ name: String) -> [[String]] {
        headers.first { $0.name.lowercased() == name.lowercased() }?.addresses ?? []
    }
}

/// A directory that is removed with its owner.
final class TemporaryDirectory: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
        let file = url.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return file.path
    }
}
