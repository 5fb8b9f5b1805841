import Nightjar

extension App {
    /// `POST /flaky` with `failures`.
    func flaky() {
        post("/flaky") { [templates] request in
            let form = try await request.decode(FlakyForm.self)
            guard (0...8).contains(form.failures) else {
                throw HTTPProblem(.unprocessableContent, "From 0 to 8 failures.", field: "failures")
            }
            let flaky = try await request.background($flaky(failures: form.failures))
            return try await Self.accepted(flaky, request, templates)
        }
    }
}

private struct FlakyForm: Decodable, Sendable {
    var failures: Int
}
