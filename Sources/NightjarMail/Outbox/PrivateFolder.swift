// A folder that is its owner's alone, even where everybody may write beside it.

import Foundation

enum PrivateFolder {
    /// Makes a folder that only its owner may enter, or makes sure that an existing one is such.
    ///
    /// - Throws: If it cannot be made, is a link, or is somebody else's.
    static func make(_ folder: URL) throws {
        let manager = FileManager.default
        try manager.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // Of the folder itself: a link is not followed.
        let attributes = try manager.attributesOfItem(atPath: folder.path)
        guard attributes[.type] as? FileAttributeType == .typeDirectory else {
            throw MailError(.configuration, "\(folder.path) is not a folder")
        }
        guard (attributes[.ownerAccountID] as? NSNumber)?.uint32Value == getuid() else {
            throw MailError(.configuration, "\(folder.path) belongs to somebody else")
        }
        if (attributes[.posixPermissions] as? NSNumber)?.intValue != 0o700 {
            try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        }
    }
}
