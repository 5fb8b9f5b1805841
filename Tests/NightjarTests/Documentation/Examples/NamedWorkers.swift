// What the page on named workers shows, and the comments on them.
// swift-format-ignore-file

import Nightjar

private enum Page {
    struct SendEmail: Codable, Sendable {
        var address: String
        var content: String
    }

    static func news(_ app: App) throws { // not shown
        let priority = app.worker("priority_queue", concurrency: 4)
        let sendEmail = try priority.handler("send_email", of: SendEmail.self) { email in
            try await Mail(to: email.address, subject: "News", text: email.content).send()
        }
        app.include(priority)

        app.post("/news") { request in
            try await priority.queue(sendEmail, SendEmail(address: "ada@example.org", content: "…"))
            return "queued"
        }
    } // not shown
}

private enum Comment {
    struct SendEmail: Codable, Sendable { var address: String; var subject: String; var text: String }

    static func orders(_ app: App) throws {
        let priority = app.worker("priority_queue", concurrency: 4)
        let sendEmail = try priority.handler("send_email", of: SendEmail.self) { email in
            try await Mail(to: email.address, subject: email.subject, text: email.text).send()
        }
        app.include(priority)

        app.post("/orders") { request in
            try await priority.queue(sendEmail, SendEmail(address: "ada@example.org", subject: "Thank you", text: "…"))
            return "thank you"
        }
    }

    static func declared(_ app: App) throws {
        let priority = app.worker("priority_queue", concurrency: 4)
        let sendEmail = try priority.handler("send_email", of: SendEmail.self) { email in print(email.address) }
        app.include(priority)
        _ = sendEmail
    }
}
