// What the pages and comments about mail show.
// swift-format-ignore-file

import Nightjar

private struct User { var email: String; var name: String }
private struct Order { var email: String }

private func send(_ app: App, to user: User, about order: Order) async throws {
    app.post("/orders/:id") { request in
        let mail = try Mail(to: "Ada <ada@example.org>", subject: "Your order", text: "It is on its way.")
        let sending = try await mail.send()
        return Response.accepted(sending)
    }
    try await Mail(to: order.email, subject: "Your order", text: "It is on its way.").send()
    try await Mail.send(to: "ada@example.org", subject: "Welcome", body: "Glad you are here.")
    let mail = try Mail(
        to: "Ada Lovelace <ada@example.org>",
        subject: "Grüße",
        text: "Hello Ada"
    )
    _ = mail
}

private func files(for order: Order, pdf: [UInt8], picture: [UInt8]) async throws {
    let bill = try MailAttachment(name: "Rechnung 7.pdf", contentType: "application/pdf", bytes: pdf)
    let logo = try MailInline(id: "logo", contentType: "image/png", bytes: picture)
    try await Mail(
        to: order.email, subject: "Your bill", html: "<img src=\"cid:logo\" alt=\"The shop\"><p>Thank you.</p>",
        attachments: [bill], inline: [logo]
    ).send()
}

private func templates(_ app: App, _ user: User) async throws {
    try app.templates.add("welcome.subject", "Welcome, {{name}}")
    try app.templates.add("welcome.text", "Hello {{name}}, glad you are here.")
    try app.templates.add("welcome.html", "<p>Hello <b>{{name}}</b>, glad you are here.</p>")
    try app.templates.add("welcome.fr.subject", "Bienvenue, {{name}}")
    try app.templates.add("welcome.fr.text", "Bonjour {{name}}, quel plaisir de vous voir.")

    try await Mail(to: user.email, template: "welcome", ["name": user.name]).send()

    try await Mail(to: user.email, template: "mail/welcome", ["name": user.name]).send()
}
