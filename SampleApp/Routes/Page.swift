import Foundation
import Nightjar

extension App {
    /// The page, and what it is made of.
    func page() throws {
        try templates.add("index", PackageResources.index_mustache)
        try templates.add("job", PackageResources.job_mustache)
        asset("/app.css", PackageResources.app_css)
        asset("/app.js", PackageResources.app_js)
        asset("/favicon.svg", PackageResources.favicon_svg)

        let origin = "http://\(configuration.host):\(configuration.port)"
        get("/") { [templates, queue, mailPreview] request in
            try await templates.render(
                "index",
                [
                    "version": "Nightjar \(nightjarVersion)",
                    "backend": queue.backend.traits.name,
                    "defaultWebhook": "\(request.baseURL ?? origin)/webhooks/sink",
                    "mailPreview": mailPreview,
                ], for: request)
        }
    }

    /// The 202 that a form gets: JSON for programs, a page that follows the job for browsers without scripts.
    static func accepted<Output>(
        _ future: JobFuture<Output>, _ request: Request, _ templates: Templates
    ) async throws -> Response {
        guard request.prefersHTML else { return .accepted(future) }
        return try await Self.jobPage(future.status, request, templates, status: .accepted)
            .header(.location, "/jobs/\(future.jobID)").header(.retryAfter, "1").header(.cacheControl, "no-store")
    }

    /// The page that shows one job.
    static func jobPage(
        _ job: JobStatus, _ request: Request, _ templates: Templates, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        try await templates.render("job", JobPage(job), for: request, status: status)
    }
}

/// What the page of one job shows.
private struct JobPage: Sendable {
    struct Progress: Sendable {
        var percent: Int
        var message: String
    }

    struct Result: Sendable {
        var path: String?
        var text: String?
    }

    struct Failure: Sendable {
        var type: String
    }

    var name: String
    var shortName: String
    var id: String
    var state: String
    var attempt: Int
    var maxAttempts: Int
    var finished: Bool
    var progress: Progress?
    var result: Result?
    var error: Failure?

    init(_ job: JobStatus) throws {
        name = job.name
        shortName = job.name.split(separator: ".").last.map { String($0) } ?? job.name
        id = "\(job.id)"
        state = job.state.rawValue
        attempt = job.attempt
        maxAttempts = job.maxAttempts
        finished = job.state.isTerminal
        progress = job.progress.map { Progress(percent: Int($0.fraction * 100), message: $0.message ?? "") }
        error = job.failure.map { Failure(type: $0.type) }
        guard let bytes = try job.resultJSON() else { return }
        if let report = try? JSONDecoder().decode(WriteReport.Report.self, from: Data(bytes)) {
            result = Result(path: report.path)
        } else if let text = try? JSONDecoder().decode(String.self, from: Data(bytes)) {
            result = Result(text: text)
        }
    }
}
