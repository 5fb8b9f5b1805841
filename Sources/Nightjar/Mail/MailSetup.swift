// From what an application was told to how its mails leave.
//
//     MAIL_URL is set      that way; in testing only one that stays on this machine
//     development          an outbox, which /_nightjar/mail shows
//     testing              memory
//     production           none: sending says what to set, nothing is lost in silence
//
// Pure: nothing is opened, and every problem is a sentence that names its variable and never quotes MAIL_URL.

import Foundation
import Logging
import NightjarMail

struct MailSetup {
    private(set) var problems: [String] = []
    private(set) var author: MailAddress?
    private(set) var redirect: MailAddress?
    private var route: MailRoute?
    private let environment: AppEnvironment
    private let outbox: String?

    init(_ configuration: AppConfiguration) {
        environment = configuration.environment
        outbox = configuration.mailOutbox
        route = read(configuration.mailURL) { try MailRoute($0) }
        author = address("MAIL_FROM", configuration.mailFrom)
        redirect = address("MAIL_REDIRECT_TO", configuration.mailRedirectTo)
        if let route, route.isRemote, environment == .testing {
            problems.append(
                "APP_ENV=testing sends no mail to other machines, and MAIL_URL leads to \(route). Unset MAIL_URL, or use "
                    + "memory: or a server on 127.0.0.1.")
        }
        if author == nil { author = likelyAuthor }
    }

    /// The application's mailer.
    ///
    /// - Throws: ``ConfigurationError`` with a sentence for every problem.
    func makeMailer(logger: Logger) throws -> Mailer {
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return Mailer(transport: transport(logger), author: author, redirect: redirect)
    }

    private func transport(_ logger: Logger) -> any MailTransport {
        if let route { return route.makeTransport(logger: logger) }
        switch environment {
        case .development: return Outbox(directory: outbox.map { URL(fileURLWithPath: $0) } ?? Self.outboxFolder())
        case .testing: return MemoryTransport()
        case .production:
            return NoTransport(
                reason: "Mail cannot be sent: MAIL_URL is not set. Set it to smtp://user:password@host:587, smtps://…, "
                    + "sendmail: or file:///folder.")
        }
    }

    /// Who writes if MAIL_FROM does not say: the user of the mail server if that is an address, as it is with most; and
    /// before production somebody on this machine, so that a first mail needs no setting at all.
    private var likelyAuthor: MailAddress? {
        if case .smtp(let server) = route, let user = server.credentials?.user, let user = try? MailAddress(user) {
            return user
        }
        guard environment != .production else { return nil }
        return try? MailAddress(name: RootCommand.programName, address: "mail@localhost")
    }

    /// Beside the program's other files; where nothing can be written there, in the folder for temporary files.
    private static func outboxFolder() -> URL {
        let manager = FileManager.default
        let here = URL(fileURLWithPath: manager.currentDirectoryPath, isDirectory: true)
        guard manager.isWritableFile(atPath: here.path) else {
            return manager.temporaryDirectory.appendingPathComponent("nightjar-mail-\(getuid())", isDirectory: true)
        }
        return here.appendingPathComponent(".nightjar/mail", isDirectory: true)
    }

    private mutating func address(_ variable: String, _ text: String?) -> MailAddress? {
        read(text) { text in
            do { return try MailAddress(text) } catch { throw ConfigurationError("\(variable): \(error)") }
        }
    }

    private mutating func read<Value>(_ text: String?, _ parse: (String) throws -> Value) -> Value? {
        guard let text else { return nil }
        do { return try parse(text) } catch {
            problems.append("\(error)")
            return nil
        }
    }
}
