// `swift package discover-jobs`: asks SwiftPM where the modules are and leaves the rest to the tool.

import Foundation
import PackagePlugin

@main
struct DiscoverJobs: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) throws {
        let root = context.package.directoryURL
        var toolArguments = ["--root", root.path]
        for target in context.package.targets {
            // Jobs of tests are nobody's jobs, and those of plugins and macros would run in the compiler.
            guard let module = target.sourceModule, [.generic, .executable].contains(module.kind) else {
                continue
            }
            toolArguments += ["--module", "\(module.moduleName)=\(folder(of: target, in: root))"]
        }
        let process = Process()
        process.executableURL = try context.tool(named: "discover-jobs-tool").url
        process.arguments = toolArguments + arguments
        process.currentDirectoryURL = root
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { exit(process.terminationStatus) }
    }

    /// A target's folder from the package's; empty if it is the package's own.
    private func folder(of target: any Target, in root: URL) -> String {
        let parts = target.directoryURL.standardizedFileURL.pathComponents.dropFirst(
            root.standardizedFileURL.pathComponents.count)
        return parts.joined(separator: "/")
    }
}
