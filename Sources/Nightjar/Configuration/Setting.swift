// One row of the configuration table: a variable, what it means, what it may hold, and which field it fills.
//
//     environment ──► .env ──► default           the first that has the variable, under its name or an older one
//
// Two names for one thing at the same level are fine as long as they say the same; if they contradict each other
// nobody can tell which was meant, so that is an error which names both.

/// Where a value of the configuration comes from.
public enum SettingOrigin: Hashable, Sendable, CustomStringConvertible {
    /// A variable of the environment, with the name under which it was found.
    case environment(name: String)
    /// A line of the `.env` file, with the name under which it was found.
    case file(name: String)
    /// Nobody set it.
    case fallback

    /// The origin in words.
    public var description: String {
        switch self {
        case .environment(let name): "environment (\(name))"
        case .file(let name): ".env (\(name))"
        case .fallback: "default"
        }
    }
}

/// One row of the configuration table.
struct Setting: Sendable {
    let name: String
    /// Older names, and names that other systems use.
    let aliases: [String]
    /// What it is for, in one line of a help text.
    let meaning: String
    /// Why the default is what it is.
    let reason: String
    /// Its value is never shown.
    let isSecret: Bool
    /// The name that wins over the others if several are set, instead of that being an error.
    let winner: String?
    let allowed: String
    let choices: [String]
    /// Puts the value of a text into its field; false if the text is not allowed.
    let apply: @Sendable (String, inout AppConfiguration) -> Bool
    /// The field's value as one would write it.
    let text: @Sendable (AppConfiguration) -> String

    init<Value>(
        _ name: String,
        _ field: any WritableKeyPath<AppConfiguration, Value> & Sendable,
        _ syntax: ValueSyntax<Value>,
        _ meaning: String,
        why reason: String,
        aliases: [String] = [],
        winner: String? = nil,
        isSecret: Bool = false
    ) {
        self.name = name
        self.aliases = aliases
        self.meaning = meaning
        self.reason = reason
        self.isSecret = isSecret
        self.winner = winner
        allowed = syntax.allowed
        choices = syntax.choices
        apply = { text, configuration in
            guard let value = syntax.parse(text) else { return false }
            configuration[keyPath: field] = value
            return true
        }
        text = { syntax.text($0[keyPath: field]) }
    }

    /// The names to look for, in order.
    var names: [String] {
        let all = [name] + aliases
        guard let winner else { return all }
        return [winner] + all.filter { $0 != winner }
    }

    /// The sentence for a value that is not allowed.
    func refusal(of value: String, as name: String) -> String {
        let shown = isSecret ? "The value of \(name)" : "\(name)=\(value)"
        var sentence = "\(shown) is not allowed: it has to be \(allowed)."
        if !isSecret, let word = Suggestion.nearest(to: value, among: choices) {
            sentence += " Did you mean \"\(word)\"?"
        }
        return sentence
    }

    /// The sentence for two names that contradict each other.
    func contradiction(_ first: (name: String, value: String), _ second: (name: String, value: String)) -> String {
        let shown = { (name: String, value: String) in isSecret ? name : "\(name)=\(value)" }
        return "\(shown(first.name, first.value)) and \(shown(second.name, second.value)) contradict each other: "
            + "both set \(self.name). Keep \(self.name) and remove the other."
    }
}
