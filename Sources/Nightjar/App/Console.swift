// Where commands say what people read: results on one stream, complaints on the other.

import Foundation

/// The two streams of a command line.
package struct Console: Sendable {
    package let write: @Sendable (String) -> Void
    package let complain: @Sendable (String) -> Void
    /// How many columns results may take; nil if nobody reads them on a screen.
    package let width: @Sendable () -> Int?

    /// - Parameters:
    ///   - width: How many columns results may take.
    ///   - write: Takes a line of results.
    ///   - complain: Takes a line of what went wrong.
    package init(
        width: @escaping @Sendable () -> Int? = { nil },
        write: @escaping @Sendable (String) -> Void,
        complain: @escaping @Sendable (String) -> Void
    ) {
        self.width = width
        self.write = write
        self.complain = complain
    }

    /// The streams of the process.
    package static let standard = Console(
        width: { Terminal.width() },
        write: { try? FileHandle.standardOutput.write(contentsOf: Data("\($0)\n".utf8)) },
        complain: { try? FileHandle.standardError.write(contentsOf: Data("\($0)\n".utf8)) }
    )
}
