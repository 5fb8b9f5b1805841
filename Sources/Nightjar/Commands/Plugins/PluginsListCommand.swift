import ArgumentParser

/// Lists the plugins.
struct PluginsListCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: "Lists the plugins that are linked: whether they are active, what they add, what they were told.",
            discussion: RootCommand.examples("plugins list", "plugins list --json")
        )
    }

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        let plugins = (app.plugins?.linked.plugins ?? []).map { PluginView($0, in: app) }
        try output.answer(plugins, on: console) { width in
            guard !plugins.isEmpty else {
                return "No plugin is linked into this program: App(plugins: […]) links some."
            }
            return TextTable(
                [.text("PLUGIN"), .text("ACTIVE"), .flexible("ADDS"), .flexible("SETTINGS")],
                rows: plugins.map { plugin in
                    [
                        plugin.name, plugin.isActive ? "yes" : "no", plugin.adds.joined(separator: ", "),
                        plugin.settings.map { "\($0.name)=\($0.value)" }.joined(separator: ", "),
                    ]
                }
            ).text(width: width)
        }
    }
}

/// A plugin, for programs.
struct PluginView: Encodable {
    var name: String
    var isActive: Bool
    /// What it adds; of one that is not active, its backends.
    var adds: [String]
    var settings: [SettingView]

    init(_ plugin: any Plugin, in app: App) {
        name = plugin.name
        isActive = app.plugins?.isActive(plugin) ?? false
        adds = plugin.backends.map { "backend \($0.name)" } + (app.plugins?.additions(of: plugin) ?? [])
        settings = SettingView.all(of: plugin, app.configuration)
    }

    private enum CodingKeys: String, CodingKey {
        case name
        case isActive = "active"
        case adds, settings
    }
}
