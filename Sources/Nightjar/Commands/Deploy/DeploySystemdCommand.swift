// `deploy systemd`: a unit for pages and one for jobs, and what to do with them.

import ArgumentParser
import Foundation

/// Writes systemd units for pages and jobs.
struct DeploySystemdCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "systemd",
            abstract: "Writes systemd units, one for pages and one for jobs, and says how to install them.",
            discussion: RootCommand.examples(
                "deploy systemd --out deploy", "deploy systemd --out deploy --name shop --directory /srv/shop")
        )
    }

    @Option(name: .shortAndLong, help: "The folder to write to; it is made if it is not there.")
    var out: String

    @Option(name: .shortAndLong, help: "What the service is called, instead of as the program is.")
    var name: String?

    @Option(name: .long, help: "The user it runs as, instead of one of its own name.")
    var user: String?

    @Option(name: .long, help: "The folder it runs in, instead of this one.")
    var directory: String?

    @Option(name: .long, help: "The program, instead of this one where it is now.")
    var program: String?

    @Option(name: .long, help: "The file with its variables, instead of /etc/NAME.env.")
    var environmentFile: String?

    @Flag(name: .long, help: "Replace units that are there already.")
    var force = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        for (option, value) in [("--name", name), ("--user", user)] {
            if let value, !SystemdText.isName(value) {
                throw ValidationError("\(option) \(value) is not allowed: use letters, digits, \"-\", \"_\" and \".\".")
            }
        }
        for (option, value) in [
            ("--directory", directory), ("--program", program), ("--environment-file", environmentFile),
        ] {
            if let value, !value.hasPrefix("/") || value.contains("\n") {
                throw ValidationError("\(option) \(value) is not allowed: a unit needs a path that begins with \"/\".")
            }
        }
    }

    func perform(in app: App, on console: Console) async throws {
        let here = FileManager.default.currentDirectoryPath
        let service = SystemdService(
            name: name ?? SystemdText.name(RootCommand.programName),
            user: user,
            program: program ?? Bundle.main.executablePath ?? CommandLine.arguments.first ?? "",
            directory: directory ?? here,
            environmentFile: environmentFile,
            configuration: app.configuration
        )
        let folder = out.hasPrefix("/") ? out : "\(here)/\(out)"
        try deploy(service, to: folder, replacing: force, output, on: console)
    }
}

/// What was written, for programs.
struct DeployedFiles: Encodable {
    var files: [String]
    var steps: [String]
}

/// Writes the units of a service and says what to do with them.
///
/// - Throws: ``CommandError`` if a unit is there already and is another, or the folder cannot be written to.
func deploy(
    _ service: SystemdService, to folder: String, replacing: Bool, _ output: OutputOptions, on console: Console
) throws {
    let units = try service.units().map { (path: "\(folder)/\($0.name)", text: $0.text) }
    for unit in units where !replacing {
        if let found = try? String(contentsOfFile: unit.path, encoding: .utf8), found != unit.text {
            throw CommandError("\(unit.path) is there already and says something else: --force replaces it.")
        }
    }
    do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for unit in units { try Data(unit.text.utf8).write(to: URL(fileURLWithPath: unit.path), options: .atomic) }
    } catch {
        throw CommandError("The units could not be written to \(folder): \(error.localizedDescription)")
    }
    let paths = units.map(\.path)
    let steps = service.steps(for: paths)
    try output.answer(DeployedFiles(files: paths, steps: steps.map(\.command)), on: console) { _ in
        (["Written:"] + paths.map { "  \($0)" } + [""] + steps.flatMap { ["# \($0.reason)", $0.command] })
            .joined(separator: "\n")
    }
}
