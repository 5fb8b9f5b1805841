// A service as systemd units: from templates in Resources/Deploy, filled with what differs from one machine to another.
// Pure; the command writes what comes out.

import Foundation
import Mustache
import NightjarResources

/// A program that systemd runs as two services.
struct SystemdService: Sendable {
    var name: String
    var user: String
    var program: String
    var directory: String
    var environmentFile: String
    var configuration: AppConfiguration

    init(
        name: String, user: String?, program: String, directory: String, environmentFile: String?,
        configuration: AppConfiguration
    ) {
        self.name = name
        self.user = user ?? name
        self.program = program
        self.directory = directory
        self.environmentFile = environmentFile ?? "/etc/\(name).env"
        self.configuration = configuration
    }

    /// The units' names and texts.
    func units() throws -> [(name: String, text: String)] {
        let library = MustacheLibrary(templates: [
            "web": try Self.template(NightjarResources.webUnit),
            "worker": try Self.template(NightjarResources.workerUnit),
            "hardening": try Self.template(NightjarResources.unitHardening),
        ])
        return try ["web", "worker"].map { role in
            guard let text = library.render(values, withTemplate: role) else {
                throw CommandError("The template of the \(role) unit is missing.")
            }
            return ("\(name)-\(role).service", text)
        }
    }

    /// What to type to install it, and why.
    func steps(for paths: [String]) -> [(reason: String, command: String)] {
        let services = "\(name)-web \(name)-worker"
        let quoted = { (path: String) in path.contains(" ") ? "'\(path)'" : path }
        return [
            ("A user of its own, once:", "sudo useradd --system --shell /usr/sbin/nologin \(user)"),
            (
                "Its variables, which nobody else may read:",
                "sudo install -m 600 .env \(quoted(environmentFile))"
            ),
            ("The units:", "sudo cp \(paths.map(quoted).joined(separator: " ")) /etc/systemd/system/"),
            ("Have systemd read them:", "sudo systemctl daemon-reload"),
            ("Start them with the machine:", "sudo systemctl enable \(services)"),
            ("Start them now:", "sudo systemctl start \(services)"),
            ("Read what they log:", "journalctl -u \(name)-web -u \(name)-worker -f"),
        ]
    }

    private struct Values {
        var name: String
        var user: String
        var program: String
        var directory: String
        var environmentFile: String
        var databaseURL: String?
        var writable: String?
        var stopSeconds: String
        var bindsLowPort: Bool
        var protectHome: String
    }

    private var values: Values {
        // What ProtectHome hides: the folders of people, the administrator's included.
        let isAtHome = [program, directory].contains { path in
            path.split(separator: "/").first.map { $0 == "home" || $0 == "root" } ?? false
        }
        let (database, folder) = database
        return Values(
            name: name,
            user: user,
            program: SystemdText.command(program),
            directory: SystemdText.line(directory),
            environmentFile: SystemdText.line(environmentFile),
            databaseURL: database.map { SystemdText.word("DATABASE_URL=\($0)") },
            writable: folder.map(SystemdText.word),
            // At the limit what still runs is cancelled, and five seconds later the process ends whatever happens.
            stopSeconds: "\(configuration.shutdownLimit.components.seconds + 10)",
            bindsLowPort: (1...1023).contains(configuration.port),
            protectHome: isAtHome ? "read-only" : "true"
        )
    }

    /// Where jobs are kept: what the configuration says, and the folder that has to be writable then; or a file in the
    /// service's own folder.
    private var database: (url: String?, folder: String?) {
        guard configuration.origin(of: "DATABASE_URL") != .fallback else {
            return ("sqlite:///var/lib/\(name)/\(name).sqlite", nil)
        }
        guard let url = try? DatabaseURL(configuration.databaseURL) else { return (nil, nil) }
        return (nil, URL(fileURLWithPath: url.path(in: directory)).deletingLastPathComponent().path)
    }

    private static func template(_ bytes: [UInt8]) throws -> MustacheTemplate {
        try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
    }
}

/// How systemd wants its texts.
enum SystemdText {
    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
            } && !text.hasPrefix("-") && !text.hasPrefix(".")
    }

    /// A service's name made of a program's.
    static func name(_ program: String) -> String {
        let name = program.lowercased().map { isName("a\($0)") ? $0 : "-" }
        return isName(String(name)) ? String(name) : "app"
    }

    /// A value that is a whole line.
    static func line(_ text: String) -> String { text.replacing("%", with: "%%") }

    /// One word among several.
    static func word(_ text: String) -> String {
        let escaped = line(text)
        guard escaped.contains(where: { " \t\"'\\".contains($0) }) else { return escaped }
        return "\"" + escaped.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// The program of a command line, where a dollar sign means a variable.
    static func command(_ text: String) -> String { word(text.replacing("$", with: "$$")) }
}
