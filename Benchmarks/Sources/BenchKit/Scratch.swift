import Foundation

/// A folder that is there for as long as the body runs. `BENCH_DIR` says on which disk; the system's folder for temporary
/// files otherwise.
public func withScratchFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let parent = ProcessInfo.processInfo.environment["BENCH_DIR"] ?? NSTemporaryDirectory()
    let path = "\(parent)/nightjar-bench-\(UInt32.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
