// Where the client of a 202 asks how its job is doing: once, or as a stream until the job ends.
//
// Whoever knows a job's id may ask; ids cannot be guessed. An application that wants more says so with `authorize`, and a
// job that may not be seen looks like one that does not exist.

import HTTPTypes
public import NightjarJobs

extension App {
    /// Mounts the routes that `Location` of a ``Response/accepted(_:)`` leads to.
    ///
    ///     GET /jobs/:id           its status as JSON; 404 if it is unknown
    ///     GET /jobs/:id/events    its status now and after each change, as server-sent events named `status`
    ///
    /// - Parameters:
    ///   - path: Where to mount them.
    ///   - authorize: Whether a request may see a job. Everybody who knows its id may, unless you say otherwise.
    ///   - page: Shows the status to a browser; JSON is for everybody else.
    public func jobStatus(
        at path: String = "/jobs",
        authorize: @escaping @Sendable (Request, JobStatus) async throws -> Bool = { _, _ in true },
        page: (@Sendable (Request, JobStatus) async throws -> Response)? = nil
    ) {
        let routes = JobStatusRoutes(page: page, authorize: authorize)
        settings.jobs.statusPath = routeScope.join(path)
        get("\(path)/:id") { request in try await routes.status(request) }
        get("\(path)/:id/events") { request in try await routes.events(request) }
    }
}

private struct JobStatusRoutes: Sendable {
    let page: (@Sendable (Request, JobStatus) async throws -> Response)?
    let authorize: @Sendable (Request, JobStatus) async throws -> Bool

    func status(_ request: Request) async throws -> Response {
        let status = try await find(request)
        var response: Response
        if let page, request.prefersHTML {
            response = try await page(request, status)
        } else {
            response = try Response.json(JobView(status, showsErrors: request.core.settings.showsErrors))
        }
        response.headers[.cacheControl] = "no-store"
        response.headers[.vary] = "accept"
        if !status.state.isTerminal { response.headers[.retryAfter] = "1" }
        return response
    }

    func events(_ request: Request) async throws -> Response {
        let status = try await find(request)
        let showsErrors = request.core.settings.showsErrors
        return .events(
            try request.jobQueue.updates(of: status.id).map { status in
                try ServerSentEvent.json(JobView(status, showsErrors: showsErrors), event: "status")
            })
    }

    private func find(_ request: Request) async throws -> JobStatus {
        let text = try request.parameters["id"]
        guard let id = JobID(text), let status = try await request.jobQueue.status(of: id),
            try await authorize(request, status)
        else { throw HTTPProblem(.notFound, "There is no job \(text), or it is no longer kept.") }
        return status
    }
}
