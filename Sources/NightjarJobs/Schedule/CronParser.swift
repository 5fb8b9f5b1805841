// Reads a cron expression, character by character, so that every complaint has a column.
//
//     expression = "@" word | [second] minute hour day-of-month month day-of-week
//     field      = term ("," term)*
//     term       = "*" ["/" step] | value ["-" value ["/" step]]
//     value      = number | name
//
// It takes what vixie cron takes, and refuses three things that cron takes silently and means otherwise than their
// writer: a step on a single value (`5/10`, which cron reads as 5), a step longer than its range (`*/90`, which only
// ever matches the first value), and a date that no calendar has (31 February). `fri-sun` is read as it is meant.

/// What was written in one field.
struct ParsedField: Sendable, Hashable {
    var values: CronSet

    /// Whether the field begins with `*`. `*/2` does too: cron asks for the star, not for completeness.
    var hasStar: Bool
}

struct CronParser {
    private let source: String
    private let characters: [Character]
    private var position = 0

    static func parse(_ source: String) throws(ScheduleError) -> [CronField: ParsedField] {
        var parser = CronParser(source)
        return try parser.expression()
    }

    private init(_ source: String) {
        self.source = source
        self.characters = Array(source)
    }

    private static let shorthands: [(word: String, meaning: String)] = [
        ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"),
    ]

    // MARK: The whole

    private mutating func expression() throws(ScheduleError) -> [CronField: ParsedField] {
        let words = words()
        guard let first = words.first else {
            throw error(at: 0, "The cron expression is empty; write five fields, as in \"0 8 * * mon-fri\", or @daily.")
        }
        if characters[first.lowerBound] == "@" {
            return try shorthand(first, isAlone: words.count == 1)
        }
        guard words.count == 5 || words.count == 6 else {
            let at = words.count > 6 ? words[6].lowerBound : words[words.count - 1].upperBound
            let hint = words.count == 7 ? " There is no field for the year." : ""
            throw error(
                at: at,
                """
                A cron expression has five fields (minute, hour, day of month, month, day of week) or six \
                (second first), and this one has \(words.count).\(hint)
                """
            )
        }
        let columns = words.count == 6 ? CronField.allCases : Array(CronField.allCases.dropFirst())
        var fields: [CronField: ParsedField] = [.second: ParsedField(values: [0], hasStar: false)]
        var starts: [CronField: Int] = [:]
        for (column, word) in zip(columns, words) {
            fields[column] = try field(column, word)
            starts[column] = word.lowerBound
        }
        try checkDates(fields, at: starts[.dayOfMonth] ?? 0)
        return fields
    }

    private func words() -> [Range<Int>] {
        characters.indices.split { characters[$0].isWhitespace }.map { $0.startIndex..<$0.endIndex }
    }

    private func shorthand(_ word: Range<Int>, isAlone: Bool) throws(ScheduleError) -> [CronField: ParsedField] {
        let written = String(characters[word]).lowercased()
        if written == "@reboot" {
            throw error(
                at: word.lowerBound,
                "@reboot is no time; what must run at start belongs in the app's start-up."
            )
        }
        if written == "@every" {
            throw error(at: word.lowerBound, "@every is no cron; write the schedule .every(.seconds(30)) instead.")
        }
        guard let meaning = Self.shorthands.first(where: { $0.word == written })?.meaning else {
            let known = Self.shorthands.map(\.word)
            let hint = Spelling.closest(to: written, in: known).map { "; did you mean \($0)?" } ?? "."
            throw error(
                at: word.lowerBound,
                "\(String(characters[word])) is not known\(hint) There are \(known.joined(separator: ", "))."
            )
        }
        guard isAlone else {
            throw error(at: word.upperBound, "\(written) stands alone; nothing may follow it.")
        }
        return try Self.parse(meaning)
    }

    // MARK: One field

    private mutating func field(_ field: CronField, _ word: Range<Int>) throws(ScheduleError) -> ParsedField {
        position = word.lowerBound
        var values: CronSet = []
        while true {
            for value in try term(field, word.upperBound) {
                values.insert(field == .dayOfWeek ? value % 7 : value)
            }
            guard position < word.upperBound else { break }
            guard characters[position] == "," else { throw unexpected(field) }
            position += 1
            guard position < word.upperBound else {
                throw error(at: position, "Something is missing after the comma; \(field.rule).")
            }
        }
        return ParsedField(values: values, hasStar: characters[word.lowerBound] == "*")
    }

    private mutating func term(_ field: CronField, _ end: Int) throws(ScheduleError) -> StrideThrough<Int> {
        let start = position
        var range = field.values
        var isSingle = false
        if characters[position] == "*" {
            position += 1
        } else {
            let lower = try value(field, end)
            var upper = lower
            isSingle = position == end || characters[position] != "-"
            if !isSingle {
                position += 1
                guard position < end else {
                    throw error(
                        at: position,
                        "The range has no end; write for example \(lower)-\(field.values.upperBound)."
                    )
                }
                let isName = characters[position].isLetter
                upper = try value(field, end)
                if field == .dayOfWeek, isName, upper == 0, lower > 0 { upper = 7 }
            }
            guard lower <= upper else { throw reversed(field, lower, upper, at: start) }
            range = lower...upper
        }
        guard position < end, characters[position] == "/" else {
            return stride(from: range.lowerBound, through: range.upperBound, by: 1)
        }
        guard !isSingle else {
            let values = field.values
            throw error(
                at: position,
                """
                A step needs a range: write */n for the whole range, or \
                \(range.lowerBound)-\(values.upperBound)/n to begin at \(range.lowerBound).
                """
            )
        }
        position += 1
        return stride(from: range.lowerBound, through: range.upperBound, by: try step(field, range, end))
    }

    private mutating func value(_ field: CronField, _ end: Int) throws(ScheduleError) -> Int {
        let start = position
        if characters[start].isDigit {
            let digits = take(while: \.isDigit, end)
            guard let number = Int(digits), field.accepted.contains(number) else {
                throw error(at: start, "The \(field.rawValue) \(digits) is out of range; \(field.rule).")
            }
            return number
        }
        guard characters[start].isLetter else { throw unexpected(field) }
        let name = take(while: \.isLetter, end)
        if let index = field.names.firstIndex(of: name.lowercased()) {
            return field.values.lowerBound + index
        }
        if field.names.contains(String(name.lowercased().prefix(3))) {
            throw error(at: start, "Names are three letters: write \(name.prefix(3).lowercased()) for \(name).")
        }
        if ["l", "w", "lw"].contains(name.lowercased()) {
            throw error(
                at: start,
                "\(name) (last, weekday) is not part of cron; for a month's end use .monthly(on: 31)."
            )
        }
        let hint = Spelling.closest(to: name.lowercased(), in: field.names).map { " Did you mean \($0)?" } ?? ""
        throw error(at: start, "“\(name)” means nothing in the \(field.rawValue); \(field.rule).\(hint)")
    }

    private mutating func step(_ field: CronField, _ range: ClosedRange<Int>, _ end: Int) throws(ScheduleError) -> Int {
        let start = position
        let digits = take(while: \.isDigit, end)
        guard !digits.isEmpty else {
            throw error(at: start, "The step is missing; write a number after the slash, as in */5.")
        }
        guard let step = Int(digits), step <= range.count else {
            throw error(
                at: start,
                """
                A step of \(digits) is longer than its range, \(range.lowerBound) to \(range.upperBound), and would \
                match \(range.lowerBound) only; a field cannot count beyond itself.
                """
            )
        }
        guard step > 0 else { throw error(at: start, "A step of 0 leads nowhere; write 1 or more.") }
        return step
    }

    private mutating func take(while matches: (Character) -> Bool, _ end: Int) -> String {
        let start = position
        while position < end, matches(characters[position]) { position += 1 }
        return String(characters[start..<position])
    }

    // MARK: Complaints

    private func error(at index: Int, _ reason: String) -> ScheduleError {
        ScheduleError(reason, in: source, at: index)
    }

    private func unexpected(_ field: CronField) -> ScheduleError {
        let character = characters[position]
        let hint =
            switch character {
            case "?": "; write * for any value"
            case "#": "; cron has no n-th weekday of the month"
            case "-" where position > 0 && characters[position - 1] == "*": "; a star is already the whole range"
            default: "; \(field.rule)"
            }
        return error(at: position, "“\(character)” does not belong in the \(field.rawValue)\(hint).")
    }

    private func reversed(_ field: CronField, _ lower: Int, _ upper: Int, at index: Int) -> ScheduleError {
        func range(_ from: Int, _ to: Int) -> String { from == to ? "\(from)" : "\(from)-\(to)" }
        let values = field.values
        guard values.contains(lower) else {
            return error(at: index, "The range \(lower)-\(upper) runs backwards; Sunday is 0 at the start of a range.")
        }
        let split = "\(range(lower, values.upperBound)),\(range(values.lowerBound, upper))"
        return error(at: index, "The range \(lower)-\(upper) runs backwards; write \(split) to go round.")
    }

    /// Refuses 31 February and its like, unless the day of week brings days of its own.
    private func checkDates(_ fields: [CronField: ParsedField], at index: Int) throws(ScheduleError) {
        guard let days = fields[.dayOfMonth], let months = fields[.month], let weekdays = fields[.dayOfWeek] else {
            return
        }
        guard days.hasStar || weekdays.hasStar, let first = days.values.first(from: 1) else { return }
        let named = CronField.month.values.filter(months.values.contains)
        let longest = named.map { Civil.longestLength(ofMonth: $0) }.max() ?? 31
        guard first > longest else { return }
        let names = named.map { CronField.month.names[$0 - 1] }.joined(separator: ", ")
        throw error(
            at: index,
            "Day \(first) never comes in \(names), which \(named.count == 1 ? "has" : "have") at most \(longest) days."
        )
    }
}

extension Character {
    fileprivate var isDigit: Bool {
        ("0"..."9").contains(self)
    }
}
