// A plugin's own variables: declared, so that `plugins list` and the help can show them; read from where all others are
// read from; checked with the same sentences.

/// A variable that configures a plugin.
public struct PluginSetting: Sendable {
    /// Its name without the plugin's: `INTERVAL` of the plugin `metrics` is the variable `METRICS_INTERVAL`.
    public let key: String
    /// Its value if nobody sets it.
    public let fallback: String
    /// What it is for, in a few words.
    public let meaning: String
    /// Whether its value is never shown.
    public let isSecret: Bool

    /// A variable.
    /// - Parameters:
    ///   - key: Its name without the plugin's.
    ///   - fallback: Its value if nobody sets it.
    ///   - meaning: What it is for, in a few words.
    ///   - isSecret: Whether its value is never shown.
    public init(_ key: String, default fallback: String = "", _ meaning: String, isSecret: Bool = false) {
        self.key = key
        self.fallback = fallback
        self.meaning = meaning
        self.isSecret = isSecret
    }
}

extension Plugin {
    /// The name of the variable for a setting.
    func variable(_ key: String) -> String {
        name.uppercased().replacing("-", with: "_") + "_" + key
    }
}

/// Reads a plugin's variables.
public struct PluginSettings: Sendable {
    private let variables: [String: (name: String, setting: PluginSetting)]
    private let values: [String: String]

    init(of plugin: any Plugin, _ configuration: AppConfiguration) {
        variables = Dictionary(plugin.settings.map { ($0.key, (plugin.variable($0.key), $0)) }) { first, _ in first }
        values = configuration.pluginSettings
    }

    /// The text of a setting; its default if nobody set it.
    public func text(_ key: String) -> String {
        guard let (name, setting) = variables[key] else { return "" }
        return values[name] ?? setting.fallback
    }

    /// A length of time: `500ms`, `30s`, `5m`.
    /// - Throws: ``ConfigurationError`` that names the variable, if it is none.
    public func duration(_ key: String) throws -> Duration { try value(key, .duration) }

    /// A whole number in a range.
    /// - Throws: ``ConfigurationError`` that names the variable, if it is none.
    public func integer(_ key: String, in range: ClosedRange<Int> = 0...Int.max) throws -> Int {
        try value(key, .integer(range))
    }

    /// `true` or `false`.
    /// - Throws: ``ConfigurationError`` that names the variable, if it is neither.
    public func flag(_ key: String) throws -> Bool { try value(key, .flag) }

    private func value<Value>(_ key: String, _ syntax: ValueSyntax<Value>) throws -> Value {
        let text = text(key)
        if let value = syntax.parse(text) { return value }
        let (name, setting) = variables[key] ?? (key, PluginSetting(key, ""))
        let shown = setting.isSecret ? "The value of \(name)" : "\(name)=\(text)"
        throw ConfigurationError("\(shown) is not allowed: it has to be \(syntax.allowed).")
    }
}
