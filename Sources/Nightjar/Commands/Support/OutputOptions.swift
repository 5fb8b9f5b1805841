import ArgumentParser
import NightjarJobs

/// How a command answers: to a person or to a program.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Answer with JSON instead of a table.")
    var json = false

    /// Writes an answer: as JSON, or as text for a person.
    func answer(_ value: some Encodable, on console: Console, _ text: (_ width: Int?) -> String) throws {
        console.write(json ? try JSONText.pretty(value) : text(console.width()))
    }
}

/// Values that options take, each with the sentence for what it is not.
enum OptionValue {
    static func job(_ text: String) throws -> JobID {
        guard let id = JobID(text) else {
            throw ValidationError("\"\(text)\" is not a job's id: it looks like \(JobID()).")
        }
        return id
    }

    static func duration(_ text: String) throws -> Duration {
        if text == "0" { return .zero }
        guard let duration = ValueSyntax<Duration>.duration.parse(text) else {
            throw ValidationError("\"\(text)\" is not allowed: it has to be \(ValueSyntax<Duration>.duration.allowed).")
        }
        return duration
    }

    static func queue(_ text: String) throws -> String {
        guard JobOptions.isQueueName(text) else {
            throw ValidationError(
                "\"\(text)\" is not a queue name: use 1 to 64 letters, digits, \"-\", \"_\", \".\" or \":\".")
        }
        return text
    }

    static func queues(_ text: String) throws -> QueueSelection {
        do { return try QueueSelection(parsing: text) } catch { throw ValidationError("\(error)") }
    }

    static func states(_ text: String) throws -> [JobState] {
        try text.split(separator: ",").map { part in
            let word = part.trimmed.lowercased()
            if let state = JobState(rawValue: word == "dead" ? "failed" : word) { return state }
            let words = JobState.allCases.map(\.rawValue)
            let hint = Suggestion.nearest(to: word, among: words).map { " Did you mean \"\($0)\"?" } ?? ""
            throw ValidationError("\"\(word)\" is not a state: use \(words.joined(separator: ", ")).\(hint)")
        }
    }
}
