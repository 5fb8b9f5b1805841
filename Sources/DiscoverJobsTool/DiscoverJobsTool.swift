// The program behind `swift package discover-jobs`. SwiftPM tells it where the package and its modules are.

import ArgumentParser
import Foundation
import NightjarDiscovery

@main
struct DiscoverJobsTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover-jobs",
        abstract: "List a package's jobs in a manifest, from its sources, without building them.",
        discussion: """
            Writes every function marked @Job and structure marked @JobType to .nightjar/manifest.json, to be committed, and says what \
            changed since the last time. Jobs that wait in a queue were stored by the last version: what they would not \
            survive is a warning.

            A hand-written `struct SendReceipt: Job` is not in the list, and no change of it is noticed: mark it @JobType.

            Files that .nightjarignore names (one in any folder, written as a .gitignore) are not read.

              swift package discover-jobs
              swift package discover-jobs --check        changes nothing, fails if the manifest is stale
              swift package discover-jobs Sources/Mail   reads only these files again

            In CI, where SwiftPM cannot ask whether the command may write (it does not with --check, but is asked anyway):

              swift package --allow-writing-to-package-directory discover-jobs --check

            Exit status: 0, or 1 if the manifest is stale (--check), cannot be read, or a file is not Swift.
            """)

    @Argument(help: "Folders to read again, from the package's folder; all if none is given.")
    var folders: [String] = []

    @Flag(help: "Change nothing; fail if the manifest is not what the sources say.")
    var check = false

    @Option(help: "The manifest, from the package's folder.")
    var output = ".nightjar/manifest.json"

    @Option(help: ArgumentHelp("The package's folder.", visibility: .hidden))
    var root = "."

    @Option(parsing: .singleValue, help: ArgumentHelp("A module and its folder: NAME=FOLDER.", visibility: .hidden))
    var module: [String] = []

    func run() throws {
        let root = URL(filePath: root, directoryHint: .isDirectory)
        let modules = module.map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            return Discovery.Module(name: parts[0], folder: parts.count > 1 ? parts[1] : "")
        }
        let discovery = Discovery(
            root: root, modules: modules, folders: folders, output: URL(filePath: output, relativeTo: root).absoluteURL)
        let findings: Discovery.Findings
        do {
            findings = try discovery.look()
            if !check, findings.isStale { try discovery.write(findings.manifest) }
        } catch {
            complain("error: \(error)")
            throw ExitCode.failure
        }
        for line in findings.summary { print(line) }
        for line in findings.warnings { complain(line) }
        let jobs = findings.manifest.jobs.count
        let files = findings.fileCount
        print(
            "\(jobs) \(jobs == 1 ? "job" : "jobs") in \(files) \(files == 1 ? "file" : "files"); \(outcome(findings))")
        if findings.hasFailed || (check && findings.isStale) { throw ExitCode.failure }
    }

    private func outcome(_ findings: Discovery.Findings) -> String {
        guard findings.isStale else { return "\(output) is up to date." }
        return check
            ? "\(output) is stale. Run `swift package discover-jobs` and commit it." : "\(output) has been written."
    }

    private func complain(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
