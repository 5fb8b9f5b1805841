// What has to happen after an attempt to deliver a mail.
//
//     everyone has it                      done
//     nobody, and it may work later        the same job again, by the schedule in MailRetry
//     nobody, and it never will            a dead letter, at once
//     nobody, and no mail can leave        the queue is paused, and the job goes back uncounted
//     anything else                        done; who has no mail yet gets jobs of their own, for those only: one for whom
//                                          it may work later, one for those who were refused, which will be the dead letter
//
// A dead letter is therefore only ever addressed to those who were refused, and an operator who retries it sends nothing
// to anybody who has the mail, or waits for it in another job.
//
// Pure: a row is one line of a table test.

struct MailNext: Equatable {
    enum Ending: Equatable {
        case done, again(String), dead(String), back
    }

    /// What becomes of the job.
    var ending: Ending
    /// Who is tried again later, in a job of their own.
    var later: [MailAddress] = []
    /// Who was refused and gets a job of their own.
    var refused: [MailAddress] = []
    /// Why no mail can leave.
    var pause: String?
    /// Why somebody may have the mail already although it is sent again.
    var doubt: String?

    init(after report: MailReport) {
        let unfinished = report.unfinished
        pause = report.pause
        doubt = report.ambiguous.first?.outcome.reason
        if !report.refused.isEmpty, report.refused.count == report.entries.count {
            ending = .dead(Self.sentence(report.refused))
        } else if !report.entries.isEmpty, unfinished.count == report.entries.count {
            ending = pause == nil ? .again(Self.sentence(report.entries)) : .back
        } else {
            ending = .done
            later = unfinished
            refused = report.refused.map(\.recipient)
        }
    }

    /// Each reason once, in the order in which they came.
    private static func sentence(_ entries: [MailReport.Entry]) -> String {
        var seen: Set<String> = []
        return entries.map(\.outcome.reason).filter { seen.insert($0).inserted }.joined(separator: "; ")
    }
}
