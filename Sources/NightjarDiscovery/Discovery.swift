// From a folder to a manifest: walk, scan, compare, write.
//
//     files ──► scanner ──► manifest ──► changes since the last one ──► report
//                                   └──► .nightjar/manifest.json, replaced in one step; not with `--check`
//
// A file that is not Swift is named and everything else is read; what the last manifest says of it stays, so that a
// half-written file does not look like a removed job. The same holds for files outside the folders that were asked for.

package import Foundation

/// What is asked for.
package struct Discovery: Sendable {
    /// A module and where its sources are, from the root.
    package struct Module: Sendable {
        package var name: String
        package var folder: String

        package init(name: String, folder: String) {
            self.name = name
            self.folder = folder
        }
    }

    /// The package's folder.
    package var root: URL
    /// The modules whose files are read; none: every file, and the module is told from its path (`Sources/NAME/…`).
    package var modules: [Module]
    /// Only files in these folders are read again; none: all.
    package var folders: [String]
    /// The manifest.
    package var output: URL

    package init(root: URL, modules: [Module] = [], folders: [String] = [], output: URL? = nil) {
        self.root = root
        self.modules = modules.sorted { $0.folder.utf8.count > $1.folder.utf8.count }
        self.folders = folders
        self.output = output ?? root.appending(path: ".nightjar/manifest.json")
    }

    /// What was found.
    package struct Findings: Sendable {
        /// What the manifest should be.
        package var manifest: Manifest
        /// What it was; `nil` if there was none.
        package var last: Manifest?
        package var changes: [ManifestChange]
        /// What is wrong in the sources.
        package var notes: [Note]
        /// What would keep the program from starting.
        package var conflicts: [String]
        package var fileCount: Int
        /// Whether there is a file whose jobs are not known, or the program would not start.
        package var hasFailed: Bool

        /// Whether the manifest is not what the sources say.
        package var isStale: Bool { last != manifest }
    }

    /// Reads the sources and compares them with the manifest. Changes nothing.
    /// - Throws: ``ManifestError`` if the manifest is none, and what Foundation throws if a folder cannot be read.
    package func look() throws -> Findings {
        let last = try lastManifest()
        for folder in folders where !exists(folder) {
            throw ManifestError(
                "There is no folder “\(folder)” in \(root.path). Name folders as they are called from there.")
        }
        var jobs: [ManifestJob] = []
        var notes: [Note] = []
        var unreadable: Set<String> = []
        var count = 0
        for file in try SourceWalk(root: root).files(in: folders) {
            guard let module = module(of: file) else { continue }
            count += 1
            guard let source = try? Data(contentsOf: root.appending(path: file)) else {
                notes.append(Note(file: file, line: 1, text: "It cannot be read, so its jobs are not known."))
                unreadable.insert(file)
                continue
            }
            let scanned = JobScanner.scan(String(decoding: source, as: UTF8.self), file: file, module: module)
            jobs += scanned.jobs
            notes += scanned.notes
            if !scanned.isReadable { unreadable.insert(file) }
        }
        let filter = Filter(folders)
        jobs += (last?.jobs ?? []).filter { unreadable.contains($0.file) || !filter.contains($0.file) }
        let manifest = Manifest(jobs)
        return Findings(
            manifest: manifest, last: last, changes: manifest.changes(since: last ?? Manifest([])), notes: notes,
            conflicts: manifest.conflicts, fileCount: count,
            hasFailed: !unreadable.isEmpty || !manifest.conflicts.isEmpty)
    }

    /// Writes the manifest, all of it or nothing.
    /// - Throws: ``ManifestError`` if the file cannot be written.
    package func write(_ manifest: Manifest) throws {
        let bytes = try manifest.bytes
        do {
            try FileManager.default.createDirectory(
                at: output.deletingLastPathComponent(), withIntermediateDirectories: true)
            try bytes.write(to: output, options: .atomic)
        } catch {
            throw ManifestError("\(output.path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func lastManifest() throws -> Manifest? {
        guard FileManager.default.fileExists(atPath: output.path) else { return nil }
        guard let data = try? Data(contentsOf: output) else {
            throw ManifestError(
                "\(output.path) cannot be read: it is a folder, or reading it is not allowed. Nothing has been changed."
            )
        }
        return try Manifest(reading: data, path: output.path)
    }

    /// Whether it is there and inside the package: of files elsewhere the manifest could not say where they are.
    private func exists(_ folder: String) -> Bool {
        !folder.hasPrefix("/") && !folder.split(separator: "/").contains("..")
            && FileManager.default.fileExists(atPath: root.appending(path: folder).path)
    }

    /// What SwiftPM calls a module whose folder's name is no identifier.
    private func identifier(_ folder: Substring) -> String {
        let name = String(folder.map { $0.isLetter || $0.isNumber ? $0 : "_" })
        return name.first?.isNumber == true ? "_" + name.dropFirst() : name
    }

    private func module(of file: String) -> String? {
        guard modules.isEmpty else {
            return modules.first { $0.folder.isEmpty || file.hasPrefix($0.folder + "/") }?.name
        }
        let parts = file.split(separator: "/").dropLast()
        guard let first = parts.first else { return nil }
        // Where SwiftPM looks for a target that says nothing else.
        let name = ["Sources", "Source", "src", "srcs", "Tests"].contains(first) ? parts.dropFirst().first : first
        return name.map(identifier)
    }
}
