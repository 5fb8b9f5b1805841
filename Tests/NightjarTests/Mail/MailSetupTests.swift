import Foundation
import Logging
import NightjarMail
import Testing

@testable import Nightjar

/// From variables to how mails leave.
@Suite struct MailSetupTests {
    private func configuration(
        _ environment: AppEnvironment, _ change: (inout AppConfiguration) -> Void = { _ in }
    )
        -> AppConfiguration
    {
        var configuration = AppConfiguration()
        configuration.environment = environment
        change(&configuration)
        return configuration
    }

    private func mailer(_ configuration: AppConfiguration) throws -> Mailer {
        try MailSetup(configuration).makeMailer(logger: Logger(label: "test"))
    }

    @Test("without MAIL_URL mails stay: in an outbox in development, in memory in testing, nowhere in production")
    func fallbacks() throws {
        #expect(try mailer(configuration(.development)).transport is Outbox)
        #expect(try mailer(configuration(.testing)).transport is MemoryTransport)
        #expect(try mailer(configuration(.production)).transport is NoTransport)
        #expect(try mailer(configuration(.development) { $0.mailURL = "smtp://localhost" }).transport is SMTPTransport)
        #expect(try mailer(configuration(.production) { $0.mailURL = "log:" }).transport is LogTransport)
    }

    @Test(
        "testing refuses a server on another machine, and takes one on this",
        arguments: [
            ("smtp://mail.example.org", true), ("smtps://u:p@mail.example.org", true), ("sendmail:", true),
            ("smtp://127.0.0.1:2525", false), ("file:///tmp/mail", false), ("memory:", false),
        ])
    func testing(url: String, isRefused: Bool) throws {
        let setup = MailSetup(configuration(.testing) { $0.mailURL = url })
        #expect(setup.problems.isEmpty != isRefused)
        #expect(setup.problems.allSatisfy { $0.contains("APP_ENV=testing") && $0.contains("MAIL_URL") })
    }

    @Test("APP_ENV=test is testing")
    func spelling() async throws {
        let loaded = try await AppConfiguration.load(environment: ["APP_ENV": "test"], dotEnvPath: nil)
        #expect(loaded.environment == .testing)
    }

    @Test("whoever writes: MAIL_FROM, else the user of MAIL_URL, else somebody on this machine, but not in production")
    func author() throws {
        let both = try mailer(
            configuration(.production) {
                $0.mailFrom = "Shop <shop@example.org>"
                $0.mailURL = "smtp://ada%40example.org:pw@mail.example.org"
            })
        #expect(both.author?.address == "shop@example.org" && both.author?.name == "Shop")
        let user = try mailer(
            configuration(.production) { $0.mailURL = "smtp://ada%40example.org:pw@mail.example.org" })
        #expect(user.author?.address == "ada@example.org")
        #expect(try mailer(configuration(.development)).author?.address == "mail@localhost")
        #expect(try mailer(configuration(.production)).author == nil)
    }

    @Test("every mistake is a sentence at start that names its variable and shows no password")
    func problems() async throws {
        let variables = [
            "MAIL_URL": "smtp://ada:hunter2@mail example.org", "MAIL_FROM": "nobody", "MAIL_REDIRECT_TO": "a@b@c",
        ]
        let error = await #expect(throws: ConfigurationError.self) {
            try await AppConfiguration.load(environment: variables, dotEnvPath: nil)
        }
        let text = try #require(error).description
        for name in variables.keys { #expect(text.contains(name)) }
        #expect(!text.contains("hunter2"))
    }
}
