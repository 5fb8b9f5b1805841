import Nightjar

/// Greets a new visitor in their own language.
@JobType(queue: "high", retry: .exponential(base: 2, maxAttempts: 8), timeout: .seconds(30))
struct SendWelcome {
    var email: String
    var name: String

    func run(_ context: JobContext) async throws -> String {
        // The language is that of the request that signed up, although it was answered long ago. Sending makes a job of its
        // own, so a mail server that is out of order keeps nobody waiting here.
        let visitor = try MailAddress(name: name, address: email)
        try await Mail(to: visitor, template: "welcome", ["name": name]).send()
        let language = try currentRequest.preferredLanguage(from: ["en", "fr"])
        return language == "fr" ? "Bienvenue, \(name) !" : "Welcome, \(name)!"
    }
}

extension App {
    /// The welcome mail in English and French.
    func welcomeMail() throws {
        try templates.add("letter", PackageResources.letter_mustache)
        try templates.add("welcome.en.subject", PackageResources.welcome_en_subject_mustache)
        try templates.add("welcome.en.text", PackageResources.welcome_en_text_mustache)
        try templates.add("welcome.en.html", PackageResources.welcome_en_html_mustache)
        try templates.add("welcome.fr.subject", PackageResources.welcome_fr_subject_mustache)
        try templates.add("welcome.fr.text", PackageResources.welcome_fr_text_mustache)
        try templates.add("welcome.fr.html", PackageResources.welcome_fr_html_mustache)
    }
}
