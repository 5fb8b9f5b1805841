// What the page for Hummingbird applications shows, with the imports of such a program.
// swift-format-ignore-file

import Hummingbird
import Nightjar

private enum Page {
    struct SendWelcome: Job {
        var email: String
        var name: String
        func run(_ context: JobContext) async throws {}
    }

    static func run() async throws {
        let jobs = try await NightjarParts()
        try jobs.queue.register(SendWelcome.self)

        let router = Router()
        router.add(middleware: jobs.middleware())
        router.post("signup") { request, _ in
            try await request.background(SendWelcome(email: "visitor@example.org", name: "Ada"))
            return HTTPResponse.Status.accepted
        }
        var application = Application(router: router)
        application.addServices(jobs)
        try await application.runService()
    }
}

private enum Comment {
    struct SendWelcome: Job {
        var email: String
        func run(_ context: JobContext) async throws {}
    }

    static func run() async throws {
        let jobs = try await NightjarParts()
        try jobs.queue.register(SendWelcome.self)

        let router = Router()
        router.add(middleware: jobs.middleware())
        router.post("signup") { request, _ in
            try await request.background(SendWelcome(email: "visitor@example.org"))
            return HTTPResponse.Status.accepted
        }
        var application = Application(router: router)
        application.addServices(jobs)
        try await application.runService()
    }
}
