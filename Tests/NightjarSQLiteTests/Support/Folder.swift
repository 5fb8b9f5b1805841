import Foundation

/// Temporary folders, one for each store, removed when the test process ends.
enum Folder {
    private static let root: String = {
        let path = NSTemporaryDirectory() + "nightjar-sqlite-\(UUID().uuidString.prefix(8))"
        atexit { Folder.clear() }
        return path
    }()

    static func new() throws -> String {
        let path = root + "/" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static func clear() { try? FileManager.default.removeItem(atPath: root) }
}
