import Foundation

/// What the program says when it cannot start.
enum Console {
    /// Says why and ends the program.
    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(1)
    }
}
