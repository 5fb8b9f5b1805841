// A whole program: a function, and a page that calls it in the background. Nothing else makes it a job.

import Nightjar

@Job func hello(name: String) -> String { "Hello, \(name)!" }

@main
struct Hello {
    static func main() async throws {
        let app = try await App()
        app.post("/hello") { request in
            Response.accepted(try await request.background($hello(name: "x")))
        }
        try await app.run()
    }
}
