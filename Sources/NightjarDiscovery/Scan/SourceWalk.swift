// Which files of a package are read: Swift files, in the order of their paths, without what is ignored.

package import Foundation

/// Walks through a package.
package struct SourceWalk {
    /// Where nothing is read, whatever an ignore file says: what is built is not source.
    private static let never: Set<String> = [".build", ".git", ".swiftpm"]

    /// The name of the files that say what is ignored.
    package static let ignoreFile = ".nightjarignore"

    private let root: URL

    /// - Parameter root: The package's folder.
    package init(root: URL) { self.root = root }

    /// The Swift files inside some folders, as paths from the root, in order.
    /// - Parameter folders: Paths from the root; the whole package if there are none.
    /// - Throws: What Foundation throws when a folder cannot be listed or an ignore file cannot be read.
    package func files(in folders: [String] = []) throws -> [String] {
        var found: [String] = []
        try walk("", IgnoreRules.standard, Filter(folders), &found)
        return found.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    private func walk(_ folder: String, _ rules: IgnoreRules, _ filter: Filter, _ found: inout [String]) throws {
        var rules = rules
        let here = folder.isEmpty ? root : root.appending(path: folder)
        let ignoreFile = here.appending(path: Self.ignoreFile)
        if FileManager.default.fileExists(atPath: ignoreFile.path) {
            rules.add(String(decoding: try Data(contentsOf: ignoreFile), as: UTF8.self), in: folder)
        }
        for entry in try FileManager.default.contentsOfDirectory(
            at: here, includingPropertiesForKeys: [.isDirectoryKey, .isSymbolicLinkKey])
        {
            let name = entry.lastPathComponent
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            let values = try entry.resourceValues(forKeys: [.isDirectoryKey, .isSymbolicLinkKey])
            // A link may lead out of the package, or in a circle; what it leads to inside the package is found there.
            if values.isSymbolicLink == true { continue }
            if values.isDirectory == true {
                guard !Self.never.contains(name), filter.touches(path), !rules.ignores(path, isFolder: true) else {
                    continue
                }
                try walk(path, rules, filter, &found)
            } else if name.hasSuffix(".swift"), filter.contains(path), !rules.ignores(path, isFolder: false) {
                found.append(path)
            }
        }
    }
}

/// The folders somebody asked for.
struct Filter: Sendable {
    private let folders: [String]

    init(_ folders: [String]) {
        self.folders = folders.map { folder in
            folder.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        }
    }

    /// Whether a file is in one of them.
    func contains(_ path: String) -> Bool {
        folders.isEmpty || folders.contains { $0.isEmpty || path == $0 || path.hasPrefix($0 + "/") }
    }

    /// Whether something in a folder can be in one of them.
    func touches(_ folder: String) -> Bool {
        contains(folder) || folders.contains { $0.hasPrefix(folder + "/") }
    }
}
