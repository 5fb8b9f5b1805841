// `config check`: a configuration that makes no sense has ended the program before it gets here, so what is left to do is
// to show what it comes to.

import ArgumentParser
import Foundation
import NightjarJobs

/// Shows every value and where it comes from.
struct ConfigCheckCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check",
            abstract: "Checks the configuration, and shows every value and where it comes from; secrets are hidden.",
            discussion: RootCommand.examples("config check", "config check --json")
        )
    }

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        try checkConfiguration(app, output, on: console)
    }
}

/// A variable, for programs.
struct SettingView: Encodable {
    var name: String
    var value: String
    var origin: String

    /// A plugin's own variables.
    static func all(of plugin: any Plugin, _ configuration: AppConfiguration) -> [SettingView] {
        plugin.settings.map { setting in
            let name = plugin.variable(setting.key)
            let value = configuration.pluginSettings[name]
            return SettingView(
                name: name, value: setting.isSecret && value != nil ? "(hidden)" : value ?? setting.fallback,
                origin: "\(configuration.origin(of: name))")
        }
    }
}

/// Shows a configuration.
func checkConfiguration(_ app: App, _ output: OutputOptions, on console: Console) throws {
    let (configuration, traits, linked) = (app.configuration, app.queue.backend.traits, app.plugins?.linked)
    let rows = SettingsTable.rows(backends: linked?.backendNames ?? []).map { row in
        SettingView(
            name: row.name, value: row.shown(configuration), origin: "\(configuration.origin(of: row.name))")
    }
    let settings = rows + (linked?.plugins ?? []).flatMap { SettingView.all(of: $0, configuration) }
    try output.answer(settings, on: console) { width in
        let table = TextTable(
            [.text("VARIABLE"), .flexible("VALUE"), .flexible("FROM")],
            rows: settings.map { [$0.name, $0.value, $0.origin] })
        let promise =
            switch traits.durability {
            case .process: "Jobs are kept in memory and end with the process."
            case .disk: "Jobs survive the process and the restart of this machine."
            case .server: "Jobs survive this machine."
            }
        return table.text(width: width) + "\n\nThe configuration is in order. \(promise)"
    }
}

extension Setting {
    /// The value as anybody may see it: of an address only what cannot be a password, of any other secret nothing.
    func shown(_ configuration: AppConfiguration) -> String {
        let text = text(configuration)
        guard isSecret, !text.isEmpty, configuration.origin(of: name) != .fallback else { return text }
        guard name.hasSuffix("_URL"), let scheme = text.range(of: "://") else { return "(hidden)" }
        // A password may hold any character, so everything up to the last "@" may be part of it.
        let address = text[scheme.upperBound...].split(separator: "@", omittingEmptySubsequences: false)
        let place = address.last.map { $0.prefix { $0 != "?" } } ?? ""
        return text[..<scheme.upperBound] + (address.count > 1 ? "(hidden)@" : "") + place
    }
}
