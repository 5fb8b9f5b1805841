// What other programs say, read to its end. `FileHandle` takes a signal that arrives meanwhile for a failure, and
// `availableData` ends the process over it.

public import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension FileHandle {
    /// Everything up to the end.
    public func untilEnd() -> Data {
        var all = Data()
        while case let chunk = nextChunk(), !chunk.isEmpty { all.append(chunk) }
        return all
    }

    /// Calls a function with each line, from a thread of its own, and with nil at the end.
    public func eachLine(_ body: @escaping @Sendable (Data?) -> Void) {
        Thread {
            var rest = Data()
            while case let chunk = self.nextChunk(), !chunk.isEmpty {
                rest.append(chunk)
                while let end = rest.firstIndex(of: 10) {
                    body(Data(rest[..<end]))
                    rest = Data(rest[(end + 1)...])
                }
            }
            try? self.close()
            body(nil)
        }
        .start()
    }

    /// What has come, as soon as something has; nothing at the end.
    private func nextChunk() -> Data {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = systemRead(fileDescriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            return Data(bytes.prefix(max(0, count)))
        }
    }
}

private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(file, bytes, count)
}
