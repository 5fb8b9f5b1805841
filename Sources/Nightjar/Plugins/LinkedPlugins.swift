// Which plugins are part of the program, and which of them are active. Pure: decided from what was linked and what was
// configured, before anything is made.

import NightjarJobs

struct LinkedPlugins: Sendable {
    /// Those that are part of the program.
    let plugins: [any Plugin]
    /// Backends that the application brings along itself.
    let own: [BackendFactory]

    /// The built-in backends.
    static let builtIn = ["memory", DatabaseBackend.factory.name]

    /// - Throws: ``ConfigurationError`` with a sentence for each name that is none, or is there twice, and for each plugin
    ///   that needs a newer Nightjar.
    init(_ plugins: [any Plugin], backends: [BackendFactory] = []) throws {
        self.plugins = plugins
        self.own = backends
        var problems: [String] = []
        var seen: Set<String> = []
        for plugin in plugins {
            let type = type(of: plugin)
            if !Self.isName(plugin.name) {
                problems.append(
                    "The plugin \(type) is called \"\(plugin.name)\", which is no name for one: use small letters, digits "
                        + "and \"-\", beginning with a letter, and neither \"none\" nor \"queue\".")
            }
            if !seen.insert(plugin.name).inserted {
                problems.append("Two plugins are called \"\(plugin.name)\"; one of them is \(type). Rename one.")
            }
            if let needed = plugin.neededVersion, !Self.isVersion(nightjarVersion, atLeast: needed) {
                problems.append(
                    "The plugin \(plugin.name) needs Nightjar \(needed) or newer; this program was built with "
                        + "\(nightjarVersion). Update one of them.")
            }
        }
        let names = backends.map(\.name) + plugins.flatMap { $0.backends.map(\.name) }
        for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
            problems.append("Two backends are called \"\(name)\". Rename one, or leave one out.")
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
    }

    /// What `QUEUE_BACKEND` may say besides the built-in names.
    var backendNames: [String] {
        (own + plugins.flatMap(\.backends)).map(\.name).filter { !Self.builtIn.contains($0) }
    }

    /// The plugins that a configuration asks for, in the order in which they were linked.
    /// - Throws: ``ConfigurationError`` that lists the known ones, if one of them is not part of the program.
    func active(in configuration: AppConfiguration) throws -> [any Plugin] {
        guard let wanted = configuration.plugins, wanted != ["none"] else {
            return configuration.plugins == nil ? plugins : []
        }
        let problems = self.problems(with: wanted)
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return plugins.filter { wanted.contains($0.name) }
    }

    /// What is wrong with a value of `PLUGINS`.
    func problems(with wanted: [String]) -> [String] {
        guard wanted != ["none"] else { return [] }
        let known = plugins.map(\.name)
        let list = known.isEmpty ? "none" : known.joined(separator: ", ")
        return wanted.filter { !known.contains($0) }.map { name in
            let hint = Suggestion.nearest(to: name, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
            return "PLUGINS=\(wanted.joined(separator: ",")) names \"\(name)\", which is not linked into this program: "
                + "it has \(list).\(hint)"
        }
    }

    /// The backend that a configuration asks for; `nil` for memory, which needs no factory.
    ///
    /// - Throws: ``ConfigurationError`` if it is not there. A durable backend never turns silently into a volatile one.
    func factory(for configuration: AppConfiguration) throws -> BackendFactory? {
        let name = configuration.queueBackend
        let active = try active(in: configuration)
        if let factory = (own + active.flatMap(\.backends)).first(where: { $0.name == name }) { return factory }
        if name == "memory" { return nil }
        if name == DatabaseBackend.factory.name { return DatabaseBackend.factory }
        if let idle = plugins.first(where: { $0.backends.contains { $0.name == name } }) {
            throw ConfigurationError(
                "QUEUE_BACKEND=\(name) is the backend of the plugin \(idle.name), which PLUGINS leaves out. Name it there."
            )
        }
        let known = Self.builtIn + backendNames
        let hint = Suggestion.nearest(to: name, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
        throw ConfigurationError(
            "QUEUE_BACKEND=\(name) asks for a backend that is not part of this program, and jobs are not kept in memory "
                + "instead without being asked to. It has \(known.joined(separator: ", ")).\(hint)")
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name != "none", name != "queue" else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return letters.contains(first)
            && name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-") }
    }

    /// Compares versions number by number; what is missing is 0.
    static func isVersion(_ version: String, atLeast needed: String) -> Bool {
        func numbers(_ text: String) -> [Int] { text.split(separator: ".").map { Int($0) ?? 0 } }
        let (own, other) = (numbers(version), numbers(needed))
        for index in 0..<max(own.count, other.count) {
            let (left, right) = (index < own.count ? own[index] : 0, index < other.count ? other[index] : 0)
            if left != right { return left > right }
        }
        return true
    }
}
