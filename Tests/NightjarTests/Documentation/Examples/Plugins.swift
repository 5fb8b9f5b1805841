// What the page on plugins shows, and the comments on hooks and events.
// swift-format-ignore-file

import FileBackend
import Nightjar
import NightjarSQLite

private struct Pager: Sendable { func notify(_ text: String) async throws {} }
private struct Audit: Sendable { func note(_ id: JobID, _ failure: JobFailure?) async throws {} }
private let pager = Pager()
private let audit = Audit()

private func linked() async throws {
    let app = try await App(plugins: [MetricsPlugin(), TracingPlugin()])
    _ = app
}

private func hooks(_ app: App) async {
    app.queue.use(JobMiddleware("alarm", failed: { job, error in
        guard job.attempt == job.maxAttempts else { return }
        try await pager.notify("\(job.name): \(error)")
    }))
    app.queue.listen("audit") { event in
        guard event.kind == .failed else { return }
        try await audit.note(event.id, event.failure)
    }
    for await event in app.queue.events() { print(event.id) }
}

private func comments(_ queue: JobQueue) async {
    queue.use(JobMiddleware("audit", failed: { job, error in
        try await pager.notify("\(job.name) failed in attempt \(job.attempt): \(error)")
    }))
    queue.listen("pager") { event in
        if event.kind == .failed { try await pager.notify("\(event.name): \(event.failure?.message ?? "")") }
    }
    for await event in queue.events() where event.kind == .failed { print(event.id) }
}

private enum Plugins {
struct TenantPlugin: Plugin {
    let name = "tenant"
    let settings = [PluginSetting("DEFAULT", default: "public", "tenant of jobs that no request caused")]

    func configure(_ setup: PluginSetup) throws {
        let fallback = setup.settings.text("DEFAULT")             // TENANT_DEFAULT, from the environment or .env
        setup.use(JobMiddleware("tenant", enqueue: { $0.metadata["tenant"] = fallback }))
    }
}
    struct FilePlugin: Plugin {
        let name = "file"
        var backends: [BackendFactory] {
            [
                BackendFactory(
                    name: "file",                                      // QUEUE_BACKEND=file
                    make: { configuration, logger in FileBackend(path: "jobs.log") },
                    scratch: { FileBackend(path: $0.folder + "/jobs.log", clock: $0.clock) })   // for `plugins test file`
            ]
        }
    }

    static func composed() -> any JobBackend {
        ComposedBackend(queue: SQLiteBackend(path: "jobs.sqlite"), results: FileResultStore(path: "results.jsonl"))
    }
}
