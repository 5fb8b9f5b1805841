// What the walk through the sample shows of it.
// swift-format-ignore-file

import Nightjar

private enum Sample {
    static func accepted<Output>(_ future: JobFuture<Output>, _ request: Request, _ templates: Templates) async throws -> Response {
        .accepted(future)
    }

    static func signUp(_ request: Request, _ visitor: (email: String, name: String), _ templates: Templates) async throws -> Response {
        let welcome = try await request.background(SendWelcome(email: visitor.email, name: visitor.name))
        return try await Self.accepted(welcome, request, templates)
    }

    struct SendWelcome: Job {
        var email: String
        var name: String

        func run(_ context: JobContext) async throws -> String {
            let visitor = try MailAddress(name: name, address: email)
            try await Mail(to: visitor, template: "welcome", ["name": name]).send()
            let language = try currentRequest.preferredLanguage(from: ["en", "fr"])
            return language == "fr" ? "Bienvenue, \(name) !" : "Welcome, \(name)!"
        }
    }

    struct SendWebhook {
        static let options = JobOptions(
            queue: "low", retry: .exponential(base: 2, maxAttempts: 6).jitter(0.1), timeout: .seconds(20), tags: ["webhook"])
    }
}
