// The sendmail program of this machine (Postfix, Exim, msmtp … all bring one).
//
//     /usr/sbin/sendmail -i -f sender -- recipient …        the mail on standard input, lines ended by LF
//
// Never through a shell; “--” ends the options, so no address can be one. Its exit status is one of sysexits.h.

/// Hands mails to a sendmail program.
public struct SendmailTransport: MailTransport {
    private let path: String
    private let limit: Duration

    /// A transport through a program.
    ///
    /// - Parameters:
    ///   - path: The program.
    ///   - limit: How long it may take. It only queues the mail, so a minute is already a sign of trouble.
    public init(path: String = "/usr/sbin/sendmail", limit: Duration = .seconds(60)) {
        self.path = path
        self.limit = limit
    }

    /// Runs the program for one mail.
    public func deliver(_ message: [UInt8], to envelope: MailEnvelope) async throws -> MailReport {
        try Task.checkCancellation()
        let arguments = ["-i", "-f", envelope.sender.address, "--"] + envelope.recipients.map(\.address)
        let run = ProgramRun(path: path, arguments: arguments, input: LineEnds.local(message))
        let ending: ProgramRun.Ending
        do {
            ending = try await run.finish(within: limit)
        } catch let error as ProgramRun.CannotStart {
            return MailReport(envelope, .pauseQueue("\(path) could not be started: \(error.reason)"))
        }
        return MailReport(envelope, Self.outcome(of: ending, path: path))
    }

    /// What an exit status means (sysexits.h).
    static func outcome(of ending: ProgramRun.Ending, path: String) -> MailOutcome {
        let said = ending.output.isEmpty ? "" : ": \(ending.output)"
        switch ending.status {
        case .exited(0): return .delivered("taken by \(path)")
        case .exited(let code) where [64, 65, 67, 68].contains(code):
            return .refused("\(path) refused the mail (exit status \(code))\(said)")
        case .exited(let code) where [77, 78, 126, 127].contains(code):
            return .pauseQueue("\(path) is not set up (exit status \(code))\(said)")
        case .exited(let code): return .retry("\(path) failed (exit status \(code))\(said)")
        case .signalled(let signal): return .retry("\(path) was ended by signal \(signal)\(said)")
        case .overdue: return .ambiguous("\(path) did not finish in time and was ended\(said)")
        }
    }
}
