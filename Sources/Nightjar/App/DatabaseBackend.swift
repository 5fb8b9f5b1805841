// The `database` backend: jobs in a SQLite file.

import Foundation
import Logging
import NightjarJobs
import NightjarSQLite

enum DatabaseBackend {
    /// Makes the backend that `QUEUE_BACKEND=database` asks for, unless the application brings one of that name.
    static let factory = BackendFactory(
        name: "database",
        make: { configuration, _ in
            let url = try DatabaseURL(configuration.databaseURL)
            return SQLiteBackend(
                path: url.path(in: FileManager.default.currentDirectoryPath),
                options: SQLiteOptions(
                    synchronous: configuration.databaseSync == .full ? .full : .normal, limit: configuration.queueLimit)
            )
        },
        hasLimit: true,
        scratch: { scratch in
            var options = SQLiteOptions()
            options.limit = scratch.limit ?? options.limit
            return SQLiteBackend(path: scratch.folder + "/jobs.sqlite", options: options, clock: scratch.clock)
        })

    /// The file of a backend that has one.
    static func file(of backend: any JobBackend) -> String? { (backend as? SQLiteBackend)?.path }
}

/// What an answer of the `database` backend waits for.
public enum DatabaseSync: String, CaseIterable, Sendable {
    /// What was accepted survives the end of the process at once, and a power cut a moment later.
    case normal
    /// What was accepted survives a power cut at once; each answer waits for the disk.
    case full
}
