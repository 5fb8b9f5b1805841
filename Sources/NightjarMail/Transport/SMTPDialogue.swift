// What was said on one SMTP connection about one mail, taken down line by line.
//
// It knows which command an answer belongs to, because that decides what the answer means, and it writes down no
// secret: everything a client says between AUTH and the answer to it is replaced, and what a server says passes a
// mask, since servers do echo what they do not understand.

/// A server's answer to one command.
struct SMTPReply: Hashable, Sendable {
    var code: Int
    var text: String

    var isAccepted: Bool { (200...299).contains(code) }
    var isTemporary: Bool { (400...499).contains(code) }
}

struct SMTPDialogue: Sendable {
    /// What an answer is to.
    enum Step: Hashable, Sendable {
        case greeting, hello, startTLS, authentication, sender
        case recipient(Int)
        case data
        /// The final dot.
        case end
        case other
    }

    private(set) var replies: [Step: SMTPReply] = [:]
    private(set) var step = Step.greeting
    /// The dialogue for people: `S:` the server, `C:` we.
    private(set) var lines: [String] = []
    private var recipients = 0
    private var pending: [String] = []
    private let mask: SecretMask

    init(mask: SecretMask = SecretMask()) {
        self.mask = mask
    }

    /// Notes a line the client sent.
    mutating func sent(_ line: String) {
        let text = Self.trimmed(line)
        if step == .authentication, replies[.authentication].map({ $0.code == 334 }) ?? false {
            lines.append("C: [hidden]")
            return
        }
        let words = text.split(separator: " ", maxSplits: 2)
        switch words.first?.uppercased() {
        case "EHLO", "HELO": step = .hello
        case "STARTTLS": step = .startTLS
        case "AUTH":
            step = .authentication
            lines.append("C: AUTH \(words.dropFirst().first ?? "")" + (words.count > 2 ? " [hidden]" : ""))
            return
        case "MAIL": step = .sender
        case "RCPT":
            step = .recipient(recipients)
            recipients += 1
        case "DATA": step = .data
        default: step = .other
        }
        lines.append("C: " + mask.applied(to: text))
    }

    /// Notes a line the server sent; an answer of several lines counts when its last one is there.
    mutating func received(_ line: String) {
        let text = mask.applied(to: Self.trimmed(line))
        lines.append("S: " + text)
        guard let code = Int(text.prefix(3)), text.utf8.count >= 3 else { return }
        let rest = text.dropFirst(3)
        pending.append(rest.dropFirst().trimmingSpaces())
        guard rest.first != "-" else { return }
        replies[step] = SMTPReply(code: code, text: pending.joined(separator: " "))
        pending = []
        if step == .data, code == 354 {
            step = .end
            lines.append("C: [the mail]")
        }
    }

    private static func trimmed(_ line: String) -> String {
        var scalars = Substring(line).unicodeScalars
        while let last = scalars.last, last == "\r" || last == "\n" { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }
}
