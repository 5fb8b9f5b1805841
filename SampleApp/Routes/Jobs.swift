import Nightjar

extension App {
    /// `GET /jobs/:id`, `GET /jobs/:id/events`, and `POST /jobs/:id/cancel`.
    func jobs() {
        jobStatus(page: { [templates] request, job in try await Self.jobPage(job, request, templates) })
        post("/jobs/:id/cancel") { [queue] request in
            let text = try request.parameters["id"]
            guard let id = JobID(text), try await queue.status(of: id) != nil else {
                throw HTTPProblem(.notFound, "There is no job \(text).")
            }
            try await queue.cancel(id)
            return try Response.redirect(to: "/jobs/\(id)")
        }
    }
}
