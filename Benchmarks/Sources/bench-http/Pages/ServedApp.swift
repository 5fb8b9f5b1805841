import BenchKit
import Foundation

/// A server process, and visits to it.
struct ServedApp {
    let child: Child
    let port: Int

    init(_ kind: ServeCommand.Kind, file: String = "unused") throws {
        let pipe = Pipe()
        child = try Child(nil, ["serve", kind.rawValue, "--file", file], output: pipe)
        let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw LoadError(description: "The \(kind) server did not start.")
        }
        self.port = port
    }

    /// What visitors found, and what the server used for it.
    struct Visit {
        let load: LoadResult
        /// Processor seconds for a thousand requests.
        let cpuPer1000: Double
    }

    func visit(_ path: String, connections: Int, seconds: Double) throws -> Visit {
        try becomeQuiet()
        let before = child.processorSeconds
        let load = try nightjarVisit(port: port, path: path, connections: connections, seconds: seconds)
        let used = child.processorSeconds - before
        return Visit(load: load, cpuPer1000: used / (load.requestsPerSecond * seconds * 1.25) * 1000)
    }

    /// Waits until the server has done what earlier visits left it with.
    func becomeQuiet() throws {
        let start = nanoseconds()
        var used = child.processorSeconds
        while BenchKit.seconds(since: start) < 60 {
            usleep(200_000)
            let now = child.processorSeconds
            if now - used < 0.015 { return }
            used = now
        }
        throw LoadError(description: "The server is busy with what it was left with for more than a minute.")
    }
}

/// Runs the visitor, a process of its own, and reads what it says.
func nightjarVisit(port: Int, path: String = "/", connections: Int = 32, seconds: Double) throws -> LoadResult {
    let pipe = Pipe()
    let arguments = [
        "load", "--port", "\(port)", "--path", path, "--connections", "\(connections)", "--seconds", "\(seconds)",
    ]
    let visitor = try Child(nil, arguments, output: pipe)
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    visitor.wait()
    let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    guard numbers.count == 3 else { throw LoadError(description: "The visitor failed.") }
    return LoadResult(requestsPerSecond: numbers[0], p50: numbers[1], p99: numbers[2])
}
