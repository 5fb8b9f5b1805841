// How wide the terminal is: asked each time, because people resize their windows.

import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

enum Terminal {
    /// Columns of the terminal that results go to; nil if they go to a file or a pipe.
    static func width() -> Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Moves to the top of an empty screen.
    static let clear = "\u{1B}[H\u{1B}[2J"
}
