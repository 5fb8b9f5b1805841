import Foundation

/// The version of the system's SQLite, as `scripts/bench` found it.
var sqliteVersion: String { ProcessInfo.processInfo.environment["BENCH_SQLITE"] ?? "unknown" }
