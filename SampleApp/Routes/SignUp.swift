import Foundation
import Nightjar

extension App {
    /// `POST /signup` with `email` and `name`, as a form or as JSON.
    func signUp() {
        post("/signup") { [templates] request in
            let form = try await request.decode(SignUpForm.self)
            let visitor = try form.checked()
            let welcome = try await request.background(SendWelcome(email: visitor.email, name: visitor.name))
            return try await Self.accepted(welcome, request, templates)
                .after("count the sign-up") { try currentRequest.logger.info("Somebody signed up") }
        }
    }
}

private struct SignUpForm: Decodable, Sendable {
    var email: String
    var name: String

    func checked() throws -> SignUpForm {
        let email = email.trimmingCharacters(in: .whitespacesAndNewlines)
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard email.split(separator: "@").last?.contains(".") ?? false, (try? MailAddress(email)) != nil else {
            throw HTTPProblem(.unprocessableContent, "That does not look like an address.", field: "email")
        }
        guard (1...80).contains(name.count) else {
            throw HTTPProblem(.unprocessableContent, "A name has 1 to 80 characters.", field: "name")
        }
        guard (try? MailAddress(name: name, address: email)) != nil else {
            throw HTTPProblem(.unprocessableContent, "A name is one line of text.", field: "name")
        }
        return SignUpForm(email: email, name: name)
    }
}
