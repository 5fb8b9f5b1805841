// How a backend of one's own comes into a program: `App(plugins: [FileBackendPlugin()])`, then QUEUE_BACKEND=file.

public import Nightjar

/// Brings the `file` backend.
public struct FileBackendPlugin: Plugin {
    /// `file`.
    public let name = "file"
    /// Where jobs are kept.
    public let settings = [PluginSetting("PATH", default: "jobs.log", "the file that jobs are kept in")]
    /// The backend, and how `plugins test file` makes empty ones.
    public var backends: [BackendFactory] {
        [
            BackendFactory(
                name: name,
                make: { configuration, _ in
                    FileBackend(path: configuration.pluginSettings["FILE_PATH"] ?? "jobs.log")
                },
                scratch: { FileBackend(path: $0.folder + "/jobs.log", clock: $0.clock) })
        ]
    }

    /// The plugin.
    public init() {}
}
