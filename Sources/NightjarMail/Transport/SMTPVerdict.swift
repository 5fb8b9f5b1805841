// From a dialogue and its ending to one outcome per recipient.
//
//     answer to                2xx         4xx      5xx
//     connection, EHLO         go on       retry    retry (the server speaks of itself, not of the mail)
//     STARTTLS                 go on       retry    pause
//     AUTH                     go on       retry    pause
//     MAIL FROM                go on       retry    refused; pause for 530, 534, 535, 538 (“sign in first”)
//     RCPT TO                  go on       retry    refused, this one alone; retry for “too many recipients”
//     DATA                     go on       retry    refused
//     the final dot            delivered   retry    refused
//
//     no answer: name, connection, time-out, connection lost          retry
//                TLS, certificate, credentials, settings              pause
//                anything after the last byte of the mail             ambiguous
//
// Pure: a row is one line of a table test. Whoever was refused at RCPT TO stays refused, whatever happens later.

/// How a transfer ended, apart from what the server said.
enum SMTPEnding: Hashable, Sendable {
    case completed
    case cancelled
    /// The name, the way or the connection: `why` is a sentence's end.
    case lost(String)
    /// Certificates, TLS versions, missing STARTTLS.
    case insecure(String)
    /// The server does not know us.
    case unauthorised(String)
    /// Settings libcurl cannot work with.
    case misconfigured(String)

    var why: String {
        switch self {
        case .completed: "the transfer ended without an answer"
        case .cancelled: "the transfer was cancelled"
        case .lost(let why), .insecure(let why), .unauthorised(let why), .misconfigured(let why): why
        }
    }
}

enum SMTPVerdict {
    /// The outcome for each recipient.
    ///
    /// - Parameters:
    ///   - dialogue: What was said.
    ///   - ending: How it ended.
    ///   - recipients: How many recipients the envelope has.
    ///   - handedOver: Whether every byte of the mail had been given away.
    ///   - server: The server's name for the sentences.
    static func outcomes(
        _ dialogue: SMTPDialogue,
        _ ending: SMTPEnding,
        recipients: Int,
        handedOver: Bool,
        server: String
    ) -> [MailOutcome] {
        let rest = fate(dialogue, ending, handedOver: handedOver, server: server)
        return (0..<recipients).map { index in
            guard let reply = dialogue.replies[.recipient(index)], !reply.isAccepted else { return rest }
            return outcome(of: reply, to: "RCPT TO", asksTooMuch(reply) ? .temporary : .aboutTheMail, server)
        }
    }

    /// What becomes of the recipients the server did not turn away.
    private static func fate(
        _ dialogue: SMTPDialogue,
        _ ending: SMTPEnding,
        handedOver: Bool,
        server: String
    ) -> MailOutcome {
        if let reply = dialogue.replies[.end] {
            return reply.isAccepted
                ? .delivered("\(reply.code) \(reply.text)") : outcome(of: reply, to: "the mail", .aboutTheMail, server)
        }
        if dialogue.step == .end, handedOver || ending == .completed {
            return .ambiguous("\(server) had the whole mail and gave no answer: \(ending.why)")
        }
        if let reply = dialogue.replies[.data], !reply.isAccepted, reply.code != 354 {
            return outcome(of: reply, to: "DATA", .aboutTheMail, server)
        }
        if let reply = dialogue.replies[.sender], !reply.isAccepted {
            return outcome(of: reply, to: "MAIL FROM", .aboutTheMail, server)
        }
        if let reply = dialogue.replies[.authentication], !reply.isAccepted, reply.code != 334 {
            return outcome(of: reply, to: "the sign-in", .aboutUs, server)
        }
        if let reply = dialogue.replies[.startTLS], !reply.isAccepted {
            return outcome(of: reply, to: "STARTTLS", .aboutUs, server)
        }
        for step in [SMTPDialogue.Step.hello, .greeting] where step == dialogue.step {
            guard let reply = dialogue.replies[step], !reply.isAccepted else { continue }
            return outcome(of: reply, to: step == .hello ? "EHLO" : "the connection", .temporary, server)
        }
        switch ending {
        case .insecure(let why): return .pauseQueue("The connection to \(server) is not secure: \(why)")
        case .unauthorised(let why): return .pauseQueue("\(server) does not accept user and password: \(why)")
        case .misconfigured(let why): return .pauseQueue("MAIL_URL cannot be used for \(server): \(why)")
        case .completed, .cancelled, .lost:
            return .retry("\(server) could not be reached or did not answer: \(ending.why)")
        }
    }

    /// What a 5xx says something about.
    private enum Subject {
        case aboutTheMail, aboutUs, temporary
    }

    private static func outcome(
        of reply: SMTPReply,
        to what: String,
        _ subject: Subject,
        _ server: String
    ) -> MailOutcome {
        let said = "\(server) answered “\(reply.code) \(reply.text)” to \(what)"
        guard (500...599).contains(reply.code) else { return .retry(said) }
        switch subject {
        case .temporary: return .retry(said)
        case .aboutUs: return .pauseQueue(said)
        case .aboutTheMail: return [530, 534, 535, 538].contains(reply.code) ? .pauseQueue(said) : .refused(said)
        }
    }

    /// RFC 5321 §4.5.3.1.10: 552 to a recipient once meant too many of them, and is to be read as 452; an enhanced code
    /// other than 5.5.3 says that it is meant for good.
    private static func asksTooMuch(_ reply: SMTPReply) -> Bool {
        reply.code == 552 && (reply.text.hasPrefix("5.5.3") || !reply.text.hasPrefix("5."))
    }
}
