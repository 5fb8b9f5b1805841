// Reads the table of settings from the places they can stand in. Collects every problem instead of stopping at the
// first, and remembers where each value was found.

/// One place that variables are read from.
struct SettingsSource {
    let origin: (String) -> SettingOrigin
    let value: (String) -> String?
}

/// Fills a configuration from sources, the strongest first.
struct SettingsReader {
    let sources: [SettingsSource]
    private(set) var configuration = AppConfiguration()
    private(set) var problems: [String] = []

    init(sources: [SettingsSource]) {
        self.sources = sources
    }

    /// Reads a plugin's variables; what they may say the plugin decides itself.
    mutating func read(_ plugin: any Plugin) {
        for setting in plugin.settings {
            let name = plugin.variable(setting.key)
            for source in sources {
                guard let value = source.value(name), !value.isEmpty else { continue }
                configuration.pluginSettings[name] = value
                configuration.origins[name] = source.origin(name)
                break
            }
        }
    }

    /// Reads one row of the table.
    mutating func read(_ setting: Setting) {
        for source in sources {
            // An empty variable is how shells and compose files write "not set".
            let found = setting.names.compactMap { name in
                source.value(name).flatMap { $0.isEmpty ? nil : (name: name, value: $0) }
            }
            guard let first = found.first else { continue }
            configuration.origins[setting.name] = source.origin(first.name)
            guard setting.apply(first.value, &configuration) else {
                problems.append(setting.refusal(of: first.value, as: first.name))
                return
            }
            guard setting.winner == nil else { return }
            for other in found.dropFirst() {
                var alternative = configuration
                guard setting.apply(other.value, &alternative) else {
                    problems.append(setting.refusal(of: other.value, as: other.name))
                    continue
                }
                if setting.text(alternative) != setting.text(configuration) {
                    problems.append(setting.contradiction(first, other))
                }
            }
            return
        }
    }
}
